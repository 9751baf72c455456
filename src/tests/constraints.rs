//! Whoever meets a constraint of the schema is told what to do.

use super::portal::TestPortal;
use crate::error::constraints;

/// Constraints that no input can violate: what they concern is chosen or checked by the
/// program, and a violation is a fault of ours.
const OURS: &[&str] = &[
    // Hashes, ids and kinds that the program makes.
    "api_key_hash_is_sha256",
    "invitation_accepted_whole",
    "invitation_token_is_sha256",
    "session_id_is_sha256",
    "recovery_code_is_sha256",
    "recovery_codes_pkey",
    "recovery_codes_user",
    "totp_secrets_pkey",
    "totp_secrets_user",
    "model_state_ensemble_is_whole",
    "model_state_kind",
    "observation_days",
    "annotation_kind",
    "annotation_removed_whole",
    "observation_kind",
    "observation_valued",
    "reading_header_is_sha256",
    "upload_decided_whole",
    "upload_file_name",
    "upload_sha256",
    "upload_source",
    "upload_status",
    "observation_superseded_later",
    "forecast_not_negative",
    "forecast_quantile",
    "forecast_model",
    "forecast_score_ahead",
    "forecast_score_days",
    "forecast_score_levels",
    "forecast_score_whole",
    "model_run_cause",
    "model_run_finished",
    "model_run_kind",
    "model_run_progress",
    "model_run_status",
    "model_settings_version",
    "outlook_model",
    "outlook_rises",
    "usage_event_cost",
    "usage_event_duration",
    "usage_event_outcome",
    "usage_event_type",
    "usage_day_counted_by",
    "usage_day_counts",
    "usage_day_type",
    "usage_key_length",
    "audit_action_form",
    "audit_outcome",
    "audit_link_is_sha256",
    "audit_links_line",
    "audit_links_once",
    "audit_links_pkey",
    "platform_audit_outcome",
    "platform_audit_link_is_sha256",
    "platform_audit_links_line",
    "platform_audit_links_once",
    "platform_audit_links_pkey",
    "platform_audit_action_form",
    // Keys that hold an id of our making, or what is inserted with `on conflict`.
    "api_keys_pkey",
    "users_pkey",
    "memberships_pkey",
    "invitations_pkey",
    "sessions_pkey",
    "locations_pkey",
    "observations_pkey",
    "annotations_pkey",
    "uploads_pkey",
    "upload_chunks_pkey",
    "readings_pkey",
    "model_states_pkey",
    "forecasts_pkey",
    "forecast_scores_pkey",
    "model_runs_pkey",
    "model_settings_pkey",
    "outlooks_pkey",
    "reproduction_numbers_pkey",
    "usage_events_pkey",
    "usage_days_pkey",
    "usage_keys_pkey",
    "audit_pkey",
    "platform_audit_pkey",
    // References to what was looked up in the same transaction, and is never deleted.
    "api_keys_tenant",
    "api_keys_replaces",
    "memberships_tenant",
    "memberships_user",
    "invitations_tenant",
    "sessions_user",
    "locations_tenant",
    "annotations_tenant",
    "uploads_tenant",
    "uploads_undone",
    "upload_chunks_upload",
    "readings_tenant",
    "observations_upload",
    "model_states_tenant",
    "forecasts_state",
    "forecasts_location",
    "forecast_scores_location",
    "forecast_scores_tenant",
    "model_runs_state",
    "model_runs_tenant",
    "model_settings_tenant",
    "outlooks_location",
    "outlooks_state",
    "reproduction_numbers_location",
    "reproduction_numbers_state",
    "attributions_cost",
    "attributions_month",
    "attributions_pkey",
    "attributions_tenant",
    "budgets_pkey",
    "budgets_tenant",
    "closed_month_follows",
    "closed_month_is_a_month",
    "closed_months_in_order",
    "corrections_line",
    "corrections_pkey",
    "plans_pkey",
    "platform_cost_currency",
    "platform_cost_driver",
    "platform_cost_month",
    "platform_cost_removed_whole",
    "platform_cost_rest",
    "platform_costs_pkey",
    "price_list_begins_with_a_month",
    "price_list_currency",
    "price_lists_plan",
    "price_lists_pkey",
    "price_tier_type",
    "price_tiers_list",
    "price_tiers_pkey",
    "statement_is_sha256",
    "statement_line_corrects",
    "statement_line_kind",
    "statement_lines_corrected_once",
    "statement_lines_correction",
    "statement_lines_pkey",
    "statement_lines_statement",
    "statements_month",
    "statements_pkey",
    "statements_plan",
    "statements_tenant",
    "tenant_plan_begins_with_a_month",
    "tenant_plans_pkey",
    "tenant_plans_tenant",
    "usage_days_tenant",
    "usage_keys_tenant",
    "audit_tenant",
];

#[tokio::test]
async fn a_constraint_that_a_person_can_meet_has_a_message() {
    let portal = TestPortal::start().await;
    let names: Vec<String> = sqlx::query_scalar(
        "select conname::text from pg_constraint
         where connamespace = 'public'::regnamespace and contype in ('p', 'u', 'f', 'c', 'x')
             and conrelid <> '_sqlx_migrations'::regclass
             -- A partition's are its table's.
             and not (select relispartition from pg_class where oid = conrelid)
         order by 1",
    )
    .fetch_all(&mut portal.owner().await)
    .await
    .expect("constraints");
    for name in &names {
        assert_ne!(
            constraints::message(name).is_some(),
            OURS.contains(&name.as_str()),
            "{name}: either it has a message, or it is listed as one that only we could violate"
        );
    }
    for name in OURS {
        assert!(
            names.iter().any(|known| known == name),
            "{name} is no constraint any more"
        );
    }
}
