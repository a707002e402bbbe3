use super::*;
use crate::{
    ids::{VisitorNumber, WorkspaceId},
    lead::Facts,
};
use rstest::rstest;
use std::convert::Infallible;

const NOW: UnixMs = UnixMs(1_000);

fn lead(number: u64) -> LeadId {
    LeadId {
        workspace: WorkspaceId(1),
        number: VisitorNumber(number),
    }
}

/// The lead with this number, born then.
fn standing(number: u64) -> Standing {
    Standing {
        lead: lead(number),
        born_at: UnixMs(number as i64),
        leads: 1,
    }
}

#[rstest]
// Nobody is known: there is nobody yet.
#[case(Proof::Nobody, None, &[], &[], None, &[])]
// By what it says.
#[case(Proof::Nobody, None, &[3], &[], Some(3), &[])]
#[case(Proof::Nobody, None, &[3, 2], &[], Some(2), &[3])]
// The browser that sent it, and who has its number: the older survives.
#[case(Proof::Visitor, Some(5), &[], &[], Some(5), &[])]
#[case(Proof::Visitor, Some(5), &[5], &[], Some(5), &[])]
#[case(Proof::Visitor, Some(5), &[3], &[], Some(3), &[5])]
#[case(Proof::Visitor, Some(5), &[7, 3], &[], Some(3), &[5, 7])]
// What somebody has taken apart stays apart.
#[case(Proof::Visitor, Some(5), &[3], &[(5, 3)], Some(5), &[])]
#[case(Proof::Visitor, Some(5), &[3, 4], &[(5, 3)], Some(4), &[5])]
// A code merges nobody.
#[case(Proof::Code, Some(5), &[3], &[], Some(5), &[])]
// A code that leads nowhere is none.
#[case(Proof::Code, None, &[3], &[], Some(3), &[])]
fn the_same_identifier_makes_one_lead_of_two(
    #[case] proof: Proof,
    #[case] addressed: Option<u64>,
    #[case] found: &[u64],
    #[case] apart: &[(u64, u64)],
    #[case] meant: Option<u64>,
    #[case] merged: &[u64],
) {
    let found: Vec<_> = found.iter().map(|number| standing(*number)).collect();
    let plan = plan(proof, addressed.map(standing), &found, |one, other| {
        Ok::<_, Infallible>(apart.contains(&(one.number.0, other.number.0)))
    });
    let wanted = Plan {
        lead: meant.map(lead),
        merge: merged.iter().map(|number| lead(*number)).collect(),
    };
    assert_eq!(plan, Ok(wanted));
}

#[rstest]
#[case(MOST_LEADS - 1, &[2])]
#[case(MOST_LEADS, &[])]
fn a_number_that_everybody_types_makes_nobody_one(#[case] leads: usize, #[case] merged: &[u64]) {
    let many = Standing { leads, ..standing(1) };
    let plan = plan(Proof::Visitor, Some(standing(2)), &[many], |_, _| {
        Ok::<_, Infallible>(false)
    });
    let wanted = Plan {
        lead: Some(lead(if merged.is_empty() { 2 } else { 1 })),
        merge: merged.iter().map(|number| lead(*number)).collect(),
    };
    assert_eq!(plan, Ok(wanted));
}

fn person(name: Option<(&str, NameSource)>, phone: Option<&str>) -> Person {
    let name = name.map(|(text, source)| Named {
        text: text.to_owned(),
        source,
        at: UnixMs(1),
    });
    let facts = Facts {
        name,
        phone: phone.map(str::to_owned),
        ..Facts::default()
    };
    Person::alone(lead(1), facts)
}

#[rstest]
#[case(None, NameSource::Form, Proof::Visitor, "Budi")]
#[case(Some(NameSource::Form), NameSource::Form, Proof::Visitor, "Budi")]
#[case(Some(NameSource::Whatsapp), NameSource::Form, Proof::Visitor, "Rina")]
#[case(Some(NameSource::Manual), NameSource::Form, Proof::Visitor, "Rina")]
#[case(Some(NameSource::Manual), NameSource::Whatsapp, Proof::Nobody, "Rina")]
#[case(Some(NameSource::Manual), NameSource::Manual, Proof::Nobody, "Budi")]
#[case(None, NameSource::Form, Proof::Code, "Budi")]
#[case(Some(NameSource::Form), NameSource::Form, Proof::Code, "Rina")]
#[case(Some(NameSource::Form), NameSource::Manual, Proof::Code, "Rina")]
fn a_hand_set_name_stays_and_a_code_only_fills_what_is_automatic(
    #[case] source_before: Option<NameSource>,
    #[case] source: NameSource,
    #[case] proof: Proof,
    #[case] name: &str,
) {
    let mut person = person(source_before.map(|source| ("Rina", source)), None);
    let said = Said {
        name: Some("Budi"),
        source,
        ..Said::default()
    };
    apply(&mut person, said, proof, NOW);
    assert_eq!(person.shown().name.unwrap().text, name);
}

#[rstest]
#[case(None, NameSource::Form, Proof::Code, Some("62812"))]
#[case(Some("62811"), NameSource::Form, Proof::Visitor, Some("62811"))]
#[case(Some("62811"), NameSource::Manual, Proof::Nobody, Some("62812"))]
#[case(Some("62811"), NameSource::Manual, Proof::Code, Some("62811"))]
fn a_number_that_is_shown_stays_unless_somebody_says_by_hand(
    #[case] before: Option<&str>,
    #[case] source: NameSource,
    #[case] proof: Proof,
    #[case] after: Option<&str>,
) {
    let mut person = person(None, before);
    let said = Said {
        phone: Some("62812"),
        source,
        ..Said::default()
    };
    apply(&mut person, said, proof, NOW);
    assert_eq!(person.shown().phone.as_deref(), after);
}

#[rstest]
#[case(None, Status::Contacted)]
#[case(Some(Status::New), Status::Contacted)]
#[case(Some(Status::Won), Status::Won)]
#[case(Some(Status::Lost), Status::Lost)]
fn contact_moves_new_to_contacted_and_nothing_backwards(#[case] before: Option<Status>, #[case] after: Status) {
    let mut person = person(None, None);
    person.own.facts.status = before;
    let said = Said {
        contacted: true,
        ..Said::default()
    };
    apply(&mut person, said, Proof::Nobody, NOW);
    assert_eq!(person.shown().status, Some(after));
}

#[test]
fn saying_the_same_again_changes_nothing() {
    let mut person = person(None, None);
    let said = Said {
        name: Some("Budi"),
        source: NameSource::Form,
        phone: Some("62812"),
        ..Said::default()
    };
    apply(&mut person, said, Proof::Visitor, NOW);
    let before = person.clone();
    apply(&mut person, said, Proof::Visitor, NOW.plus_ms(5));
    assert_eq!(person, before);
}

#[test]
fn what_a_merging_submission_changed_is_taken_back_unless_it_was_changed_since() {
    let mut person = person(Some(("Rina", NameSource::Form)), None);
    let before = person.own.clone();
    let said = Said {
        name: Some("Budi"),
        source: NameSource::Form,
        phone: Some("62812"),
        ..Said::default()
    };
    apply(&mut person, said, Proof::Visitor, NOW);
    let after = person.own.clone();
    let mut own = after.clone();
    take_back(&mut own, &before, &after);
    assert_eq!(own, before);
    let mut own = after.clone();
    own.facts.phone = Some("62813".to_owned());
    take_back(&mut own, &before, &after);
    assert_eq!(own.facts.phone.as_deref(), Some("62813"));
    assert_eq!(own.facts.name, before.facts.name);
}
