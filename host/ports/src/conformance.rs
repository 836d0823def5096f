//! The suite that every store passes.
//!
//! A test target implements [`Subject`] for its store and lists all cases with
//! [`crate::conformance_tests!`]; each becomes a test of its own.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::missing_panics_doc)]

pub mod beside;
pub mod catalog;
pub mod dedupe;
pub mod fixture;
pub mod journal;
pub mod letters;
pub mod places;
pub mod purge;
pub mod registry;
pub mod runs;
pub mod secrets;
pub mod tokens;
pub mod turns;

use std::future::Future;

use crate::Store;

/// A store under test, empty at first.
pub trait Subject {
    /// What it is.
    type Store: Store;

    /// The store as it stands.
    fn store(&self) -> &Self::Store;

    /// Loses the process without warning and starts another on what is durable.
    fn crash(&mut self) -> impl Future<Output = ()>;
}

/// One test for each case. `$run` is a function that makes a subject, hands it to an asynchronous
/// closure and waits for it: `fn run(case: impl AsyncFnOnce(&mut Mine))`.
#[macro_export]
macro_rules! conformance_tests {
    ($run:path) => {
        $crate::conformance_tests! { $run;
            journal::an_accepted_event_is_claimed_once,
            journal::all_first_entries_are_claimed,
            journal::claims_go_in_order_and_up_to_the_limit,
            journal::entries_come_back_as_they_were_committed,
            journal::an_old_sequence_is_refused,
            journal::an_old_claim_is_refused,
            journal::fences_grow_with_every_claim,
            journal::a_suspended_run_is_due_at_its_time,
            journal::a_suspended_run_may_end,
            journal::a_run_at_rest_is_nobodys,
            journal::what_was_acknowledged_survives_a_crash,
            journal::a_crash_gives_up_all_claims,
            journal::entries_of_every_size_survive,
            journal::namespaces_do_not_see_each_other,
            journal::renewing_tells_what_is_lost,
            journal::an_abandoned_claim_is_given_away,
            turns::entries_are_numbered,
            turns::what_is_forgotten_leaves_a_gap,
            turns::a_turn_starts_runs,
            turns::a_refused_turn_does_nothing,
            turns::a_run_takes_an_identity_once,
            turns::approvals_are_listed_until_they_are_decided,
            turns::a_moved_run_shows_its_plan,
            letters::a_letter_makes_a_waiting_run_due,
            letters::one_word_keeps_one_letter,
            letters::a_letter_for_a_run_at_work_waits,
            letters::a_letter_wakes_a_parked_run,
            letters::a_parked_run_keeps_answers,
            letters::a_run_at_rest_is_told_nothing,
            letters::runs_tell_each_other,
            letters::letters_have_a_limit,
            letters::the_callback_key_stays,
            places::runs_of_a_key_wait_in_line,
            places::the_order_of_acceptance_survives_a_crash,
            places::one_that_does_not_wait_is_skipped,
            places::a_line_has_an_end,
            places::one_in_line_can_be_stopped,
            places::a_woken_run_needs_no_place,
            dedupe::the_same_event_starts_one_run,
            dedupe::equal_events_of_one_call_start_one_run,
            dedupe::an_id_belongs_to_its_trigger,
            dedupe::a_known_event_is_known_after_a_crash,
            dedupe::events_without_a_key_are_all_new,
            dedupe::memory_is_kept_with_the_event,
            dedupe::long_ids_are_told_apart,
            dedupe::a_key_starts_one_run_until_its_time,
            dedupe::a_key_outlives_its_run,
            dedupe::any_of_several_is_enough,
            dedupe::an_event_may_end_its_run_at_once,
            runs::a_run_shows_where_it_stands,
            runs::a_failure_is_shown,
            runs::lists_are_newest_first_and_in_pages,
            runs::lists_are_filtered,
            runs::lists_are_filtered_by_code_and_caller,
            purge::a_run_goes_whole,
            purge::what_must_stay_stays,
            purge::what_runs_were_told_goes_with_them,
            purge::the_limit_holds,
            beside::payloads_are_read_whole_and_in_part,
            beside::a_missing_payload_is_damage,
            beside::files_belong_to_their_run,
            beside::logs_are_kept_in_order,
            beside::triggers_remember_the_last,
            beside::a_trigger_is_held_by_one,
            beside::an_outdated_holder_writes_nothing,
            beside::what_is_remembered_is_listed,
            beside::gates_remember_the_last,
            secrets::a_document_is_replaced_by_who_has_read_it,
            secrets::several_documents_change_together_or_not_at_all,
            secrets::connections_are_listed_without_the_key,
            secrets::a_right_is_held_by_one,
            tokens::a_token_is_kept_until_it_is_removed,
            tokens::deeds_form_one_chain,
            catalog::publications_count_up,
            catalog::an_old_revision_is_refused,
            catalog::versions_belong_to_their_workflow,
            catalog::what_is_not_active_is_still_known,
            catalog::plans_are_found_by_version,
            catalog::a_paused_workflow_stays_paused,
            catalog::candidates_stand_beside_the_active_plans,
            catalog::plans_that_are_needed_are_found,
            catalog::plugins_are_found_by_digest,
            registry::an_upload_goes_on_where_it_was_settled,
            registry::an_upload_with_another_digest_is_gone,
            registry::there_are_only_so_many_uploads,
            registry::idle_uploads_are_dropped,
            registry::a_manifest_is_found_by_tag_and_digest,
            registry::a_manifest_needs_what_it_names,
            registry::a_version_leads_to_one_manifest_forever,
            registry::a_yanked_manifest_stays,
            registry::manifests_about_another_are_listed,
            registry::blobs_that_nobody_names_are_collected,
        }
    };
    ($run:path; $($module:ident :: $case:ident,)+) => {
        $(
            #[test]
            fn $case() {
                $run(async |subject| $crate::conformance::$module::$case(subject).await);
            }
        )+
    };
}
