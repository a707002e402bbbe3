use super::*;
use crate::ids::{VisitorNumber, WorkspaceId};
use proptest::prelude::*;
use rstest::rstest;

fn id(number: u64) -> LeadId {
    LeadId {
        workspace: WorkspaceId(1),
        number: VisitorNumber(number),
    }
}

fn born(at: i64) -> Facts {
    Facts {
        born_at: UnixMs(at),
        clicked: true,
        ..Facts::default()
    }
}

fn named(text: &str, source: NameSource, at: i64) -> Option<Named> {
    Some(Named {
        text: text.to_owned(),
        source,
        at: UnixMs(at),
    })
}

fn two(own: Facts, other: Facts) -> Person {
    let mut person = Person::alone(id(1), own);
    person.absorb(&Person::alone(id(2), other));
    person
}

#[rstest]
#[case(None, named("Budi", NameSource::Form, 5), Some("Budi"))]
#[case(named("Rina", NameSource::Form, 1), None, Some("Rina"))]
#[case(named("Rina", NameSource::Form, 1), named("Budi", NameSource::Form, 5), Some("Budi"))]
#[case(
    named("Rina", NameSource::Form, 5),
    named("Budi", NameSource::Whatsapp, 1),
    Some("Rina")
)]
#[case(
    named("Rina", NameSource::Manual, 1),
    named("Budi", NameSource::Form, 5),
    Some("Rina")
)]
#[case(
    named("Rina", NameSource::Form, 5),
    named("Budi", NameSource::Manual, 1),
    Some("Budi")
)]
#[case(named("Rina", NameSource::Form, 5), named("Budi", NameSource::Form, 5), Some("Rina"))]
#[case(None, None, None)]
fn of_two_names_the_stronger_is_shown_and_of_equals_the_latest(
    #[case] own: Option<Named>,
    #[case] other: Option<Named>,
    #[case] shown: Option<&str>,
) {
    let person = two(Facts { name: own, ..born(1) }, Facts { name: other, ..born(2) });
    assert_eq!(person.shown().name.map(|name| name.text).as_deref(), shown);
}

#[rstest]
#[case(None, Some(Status::Won), Some(Status::Won))]
#[case(Some(Status::Contacted), None, Some(Status::Contacted))]
#[case(Some(Status::Contacted), Some(Status::Won), Some(Status::Won))]
#[case(Some(Status::Won), Some(Status::Lost), Some(Status::Won))]
#[case(Some(Status::Lost), Some(Status::Contacted), Some(Status::Contacted))]
#[case(Some(Status::Lost), Some(Status::New), Some(Status::Lost))]
#[case(None, None, None)]
fn a_merge_moves_no_status_backwards(
    #[case] own: Option<Status>,
    #[case] other: Option<Status>,
    #[case] shown: Option<Status>,
) {
    let person = two(
        Facts { status: own, ..born(1) },
        Facts {
            status: other,
            ..born(2)
        },
    );
    assert_eq!(person.shown().status, shown);
}

#[test]
fn what_was_won_is_worth_what_was_paid_for_it() {
    let worth = |value| {
        Some(Worth {
            value,
            currency: Some("IDR".to_owned()),
        })
    };
    let offered = Facts {
        status: Some(Status::Proposal),
        worth: worth(9_000),
        ..born(1)
    };
    let won = Facts {
        status: Some(Status::Won),
        worth: worth(7_000),
        ..born(2)
    };
    assert_eq!(two(offered.clone(), won).shown().worth, worth(7_000));
    let won_for_nothing = Facts {
        status: Some(Status::Won),
        ..born(2)
    };
    assert_eq!(two(offered, won_for_nothing).shown().worth, worth(9_000));
}

#[test]
fn what_somebody_edits_after_a_merge_counts_alone() {
    let other = Facts {
        phone: Some("62811".to_owned()),
        notes: Some("mau 2 kg".to_owned()),
        status: Some(Status::Won),
        ..born(2)
    };
    let mut person = two(
        Facts {
            notes: Some("ramah".to_owned()),
            ..born(1)
        },
        other,
    );
    assert_eq!(person.shown().notes.as_deref(), Some("ramah\n\nmau 2 kg"));
    person.edit(Field::Phone, true, |facts| facts.phone = None);
    person.edit(Field::Notes, true, |facts| facts.notes = Some("x".to_owned()));
    person.edit(Field::Status, true, |facts| facts.status = Some(Status::Lost));
    let shown = person.shown();
    assert_eq!((shown.phone, shown.notes.as_deref()), (None, Some("x")));
    assert_eq!(shown.status, Some(Status::Lost));
}

#[test]
fn the_first_touch_is_that_of_the_first_click() {
    let clicked = Facts {
        source: Some("ig".to_owned()),
        ..born(5)
    };
    let by_form = Facts {
        clicked: false,
        ..born(1)
    };
    for person in [two(clicked.clone(), by_form.clone()), two(by_form, clicked)] {
        let shown = person.shown();
        assert_eq!(
            (shown.born_at, shown.clicked, shown.source.as_deref()),
            (UnixMs(1), true, Some("ig"))
        );
    }
}

prop_compose! {
    fn facts()(
        name in proptest::option::of((0..4usize, 0..4i64)),
        status in proptest::option::of(0..Status::ALL.len()),
        phone in proptest::option::of("[1-9][0-9]{7}"),
        worth in proptest::option::of(0..1_000i64),
        notes in proptest::option::of("[a-c]{1,2}"),
        born_at in 0..10i64,
        clicked in any::<bool>(),
    ) -> Facts {
        Facts {
            name: name.map(|(source, at)| Named {
                text: format!("n{source}{at}"),
                source: NameSource::ALL[source],
                at: UnixMs(at),
            }),
            status: status.map(|n| Status::ALL[n]),
            phone,
            worth: worth.map(|value| Worth { value, currency: None }),
            notes,
            born_at: UnixMs(born_at),
            clicked,
            ..Facts::default()
        }
    }
}

proptest! {
    #[test]
    fn it_does_not_matter_in_which_order_leads_are_merged(own in facts(), others in proptest::collection::vec(facts(), 1..5)) {
        let alone = |n: usize| Person::alone(id(n as u64 + 2), others[n].clone());
        let mut forwards = Person::alone(id(1), own.clone());
        let mut backwards = Person::alone(id(1), own.clone());
        (0..others.len()).for_each(|n| forwards.absorb(&alone(n)));
        (0..others.len()).rev().for_each(|n| backwards.absorb(&alone(n)));
        prop_assert_eq!(forwards.shown(), backwards.shown());
        // In a chain: the first of the others takes the rest, and is then merged itself.
        let mut chain = alone(0);
        (1..others.len()).for_each(|n| chain.absorb(&alone(n)));
        let mut person = Person::alone(id(1), own);
        person.absorb(&chain);
        prop_assert_eq!(person.shown(), forwards.shown());
    }

    #[test]
    fn own_words_survive_json(facts in facts()) {
        let own = Own { facts, edited: [Field::Name, Field::Worth].into() };
        let json = serde_json::to_string(&own).unwrap();
        prop_assert_eq!(serde_json::from_str::<Own>(&json).unwrap(), own);
    }
}
