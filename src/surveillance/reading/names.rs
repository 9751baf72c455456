//! What columns are called in English, German and French, as [`key`](super::columns::key)
//! writes it. The first of a list is the surest.

/// Places; ids before names.
pub(super) const LOCATION: &str = "\
    location_id loc_id region_id area_id district_id county_id county_fips fips geo_id geoid \
    place_id zone_id site_id health_region_id hruid landkreis_id id_landkreis kreis_id ags \
    stadt_id gemeinde_id ort_id code_departement departement_id dep code_commune code_insee \
    code_region area_code region_code location_code county_code district_code location \
    region area district county landkreis kreis stadtkreis gemeinde stadt ort bezirk \
    bundesland region_name location_name area_name county_name district_name departement \
    commune lieu zone site place municipality health_region health_unit city town geo \
    geography jurisdiction province prov state territory canton nom_departement";

/// Days; when a case was reported before when it began.
pub(super) const DATE: &str = "\
    date day report_date date_report date_reported reported_date reporting_date meldedatum \
    melde_datum notification_date date_notification date_de_notification date_declaration \
    date_de_declaration datum tag jour case_date date_of_report test_date result_date \
    specimen_date collection_date sample_date date_prelevement diagnosis_date date_diagnosis \
    date_diagnostic onset_date date_onset date_of_onset symptom_onset symptom_onset_date \
    erkrankungsdatum erkrankungsbeginn date_debut refdatum time timestamp admission_date";

/// Weeks.
pub(super) const WEEK: &str = "\
    epiweek epi_week mmwr_week mmwrweek iso_week isoweek week year_week woche kalenderwoche \
    meldewoche kw semaine semaine_iso week_start week_start_date week_beginning \
    week_commencing week_ending week_end week_end_date week_number week_of";

/// Years, beside a week.
pub(super) const YEAR: &str = "\
    year epi_year epiyear mmwr_year iso_year jahr meldejahr annee";

/// New cases.
pub(super) const NEW_CASES: &str = "\
    new_cases cases daily_cases case_count cases_new cases_daily number_of_cases num_cases \
    n_cases confirmed_cases new_confirmed new_confirmed_cases reported_cases weekly_cases \
    cases_weekly faelle neue_faelle neuinfektionen fallzahl fallzahlen anzahl_fall \
    anzahl_faelle anzahl nouveaux_cas cas nb_cas nombre_de_cas nombre_cas cas_confirmes \
    confirmed positives infections new_infections value_daily incident_cases count counts \
    nombre n number value observation";

/// All cases so far.
pub(super) const CUMULATIVE: &str = "\
    cumulative_cases cases_cumulative cum_cases cumulative cumul total_cases cases_total \
    cumulated_cases cumulative_confirmed kumulierte_faelle kumuliert faelle_kumuliert \
    faelle_gesamt cas_cumules cumul_cas total_cas cum";

/// What identifies one person or case.
pub(super) const PERSONAL: &str = "\
    case_id caseid case_no case_nr case_number patient patient_id patient_name \
    patient_number person person_id first_name firstname last_name lastname surname \
    given_name family_name full_name forename middle_name vorname nachname familienname \
    prenom nom_de_famille date_of_birth birth_date birthdate birthday dob year_of_birth \
    geburtsdatum geburtsjahr date_naissance date_de_naissance address home_address street \
    adresse strasse anschrift phone phone_number telephone mobile telefon email e_mail mail \
    ssn nhs_number nhs mrn medical_record_number passport passport_number health_card \
    health_card_number versichertennummer fall_id fallnummer fall_nr id_cas cas_id \
    numero_cas numero_patient aktenzeichen lab_id specimen_id sample_id accession \
    accession_number postcode_home national_id";

/// What is said of one person.
pub(super) const TRAIT: &str = "\
    age age_years age_group agegroup age_band age_range alter altersgruppe tranche_age \
    tranche_d_age sex gender geschlecht sexe genre outcome hospitalised hospitalized \
    hospitalisation died death deceased date_of_death vaccinated vaccination \
    vaccination_status occupation profession beruf symptoms symptom ethnicity race \
    nationality case_status exposure travel comorbidities verstorben geimpft";

/// Of a place, a row or a person.
pub(super) const UNCLEAR: &str = "\
    id name nom uuid record_id record row_id nr no index key initials postcode zip plz \
    code_postal";

/// Remarks, our own reasons for refusing a row among them.
pub(super) const NOTE: &str =
    "reason comment comments note notes remark remarks bemerkung remarque";
