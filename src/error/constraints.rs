//! The constraints of the schema, in the words of the person who met one.

/// What to tell a person whose input violated the constraint `name`; `None` where only a
/// fault of ours could violate it.
pub fn message(name: &str) -> Option<&'static str> {
    Some(match name {
        "tenants_pkey" => "this tenant id is taken; ids are never reused, so choose another",
        "tenant_id_form" => {
            "a tenant id has 2 to 63 of a-z, 0-9, _ and -, and begins with a letter, such as alder_county"
        }
        "tenant_name_length" => "a department's name has 1 to 200 characters",
        "tenant_contact_length" => "the contact is an e-mail address, such as epi@alder.example",
        "api_key_name_length" => "a key's name has 1 to 100 characters",
        "api_key_scopes" => "a key may do one or more of: read, write, run",
        "department_keeps_a_lead" => {
            "a department keeps one lead at least; make somebody else one first"
        }
        "platform_keeps_an_admin" => {
            "the platform keeps one administrator at least; make somebody else one first"
        }
        "break_glass_reason" => {
            "a reason has 10 to 500 characters, all on one line: what happened, and who asked you to look"
        }
        "passkey_name_length" => "a passkey's name has 1 to 100 characters, all on one line",
        "sign_ons_pkey" => {
            "somebody else has just written this down for the first time; open the page again"
        }
        "sign_on_issuer_length" => "an issuer's address has 1 to 300 characters",
        "sign_on_client_id_length" => "a client id has 1 to 200 printable characters",
        "sign_on_role_length" => "the claim and its value have 1 to 200 characters each",
        "sign_on_subject_length" => {
            "your department's provider knows you by a name that is too long; whoever runs it can change that"
        }
        "users_email_taken" => "somebody with this e-mail address has an account already",
        "user_email_lower_case"
        | "invitation_email_lower_case"
        | "staff_invitation_email_lower_case" => {
            "an e-mail address has 3 to 254 characters, such as epi@alder.example"
        }
        "user_name_length" => "a person's name has 1 to 200 characters",
        "user_role" => "a role is admin, onboarding or epidemiologist",
        "location_id_form" => "a location id has 1 to 64 printable characters",
        "location_name_length" => "a location's name has 1 to 200 printable characters",
        "locations_parent" => "the location it belongs to is not one of this department's",
        "location_not_its_own_parent" => "a location does not belong to itself",
        "location_population_positive" => "a population is a whole number above zero",
        "observations_location" => "there is no such location in this department",
        "observation_not_negative" => "new cases are negative only as a declared correction",
        "uploads_idempotency" => {
            "this idempotency key was used before, for another request; choose a new one"
        }
        "upload_idempotency_key" => "an idempotency key has 1 to 200 characters",
        "annotations_location" => "there is no such location in this department",
        "annotation_text_length" => "a note has 1 to 500 characters, all on one line",
        "annotation_days_in_order" => "a note's first day is not after its last; exchange them",
        "annotation_days_plausible" => "a note's days lie between 1900 and 2199",
        "observation_date_plausible" => "a date of report lies between 1900 and 2199",
        "model_run_as_of_plausible" => {
            "the day up to which a run may know reports lies between 1900 and today"
        }
        "plan_id_form" => {
            "a plan's id has 2 to 63 of a-z, 0-9, _ and -, and begins with a letter, such as county"
        }
        "plan_name_length" => "a plan's name has 1 to 100 printable characters",
        "price_list_minimum" => "a minimum is zero or more",
        "price_list_shares" => "a share of the price is between 0 and 1",
        "price_tier_not_negative" => "prices and included amounts are zero or more",
        "tenant_plans_pkey" | "price_lists_pkey" | "budgets_pkey" => {
            "somebody else has set this at the same moment; look at what stands now, and send yours again if it still \
             should be so"
        }
        "tenant_plans_plan" => "there is no such plan",
        "closed_months_pkey" => "this month is closed already",
        "corrections_once" => {
            "this line has a correction already; correct the line that stands for it, on the statement after"
        }
        "correction_reason_length" => "a reason has 1 to 300 characters, all on one line",
        "platform_cost_name_length" => "a cost's name has 1 to 100 printable characters",
        "platform_cost_not_negative" => "a cost is zero or more",
        "platform_cost_capacity" => {
            "a capacity is above zero, and for processors, the database or storage"
        }
        "budget_not_negative" => "a budget is zero or more",
        "budget_soft_before_hard" => {
            "the notice comes before the end: the first amount is not above the second"
        }
        _ => return None,
    })
}
