//! Which messages follow from what was committed.

use super::{EventKind, WebhookRoute};
use crate::{
    click::Click,
    event::base32,
    ids::{AgentId, ClickId, DeliveryId, LeadId, WebhookId, WorkspaceId},
    routing::Routing,
    time::UnixMs,
};
use std::fmt;

/// A message's id, which receivers see as `webhook-id`: the same in each attempt, and whenever the message is made again of
/// what was committed. It has no full stop, for that separates it from the rest in what is signed.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct MessageId(String);

impl MessageId {
    fn of(number: i64, kind: &str) -> Self {
        Self(format!("kn-{}-{kind}", base32(number)))
    }

    /// Of the lead that this click made.
    pub fn of_new_lead(click: ClickId) -> Self {
        Self::of(click.0, "lead")
    }

    /// Of a click.
    pub fn of_click(click: ClickId) -> Self {
        Self::of(click.0, "click")
    }

    /// Of the changes of a lead of which this is the first.
    pub fn of_change(change: i64) -> Self {
        Self::of(change, "change")
    }

    /// Of a delivery that came to its end then: it may do so again, after a replay.
    pub fn of_failure(delivery: DeliveryId, at: UnixMs) -> Self {
        Self(format!("kn-{}-{}-delivery", base32(delivery.0), base32(at.0)))
    }

    /// Of an alert that a destination is held.
    pub fn of_hold(alert: i64) -> Self {
        Self::of(alert, "hold")
    }

    /// Of an agent's absence.
    pub fn of_absence(absence: i64) -> Self {
        Self::of(absence, "agent")
    }

    /// Of a digest.
    pub fn of_digest(digest: i64) -> Self {
        Self::of(digest, "digest")
    }

    /// Of a reminder or a hand-over.
    pub fn of_untouched(reminder: i64) -> Self {
        Self::of(reminder, "untouched")
    }

    /// Of a test, by a random number.
    pub fn of_test(random: i64) -> Self {
        Self::of(random & i64::MAX, "test")
    }

    /// As it was stored.
    pub fn stored(text: String) -> Self {
        Self(text)
    }

    /// As it is sent.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for MessageId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// A message to put into the outbox.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NewMessage {
    /// Who is told.
    pub webhook: WebhookId,
    /// Its id.
    pub id: MessageId,
    /// What it is about.
    pub kind: EventKind,
    /// Whom it is about.
    pub lead: Option<LeadId>,
    /// The click, the first change, the delivery, the absence, the reminder, or the digest.
    pub subject: i64,
    /// The last change; else the same.
    pub subject_end: i64,
    /// When it happened.
    pub at: UnixMs,
}

/// Something that happened once and is told to each webhook that asks for it.
struct Happened {
    kind: EventKind,
    id: MessageId,
    lead: Option<LeadId>,
    subject: (i64, i64),
    at: UnixMs,
}

impl Happened {
    fn tell(&self, webhooks: &[WebhookRoute], messages: &mut Vec<NewMessage>) {
        for webhook in webhooks.iter().filter(|webhook| webhook.wants(self.kind, self.at)) {
            messages.push(NewMessage {
                webhook: webhook.id,
                id: self.id.clone(),
                kind: self.kind,
                lead: self.lead,
                subject: self.subject.0,
                subject_end: self.subject.1,
                at: self.at,
            });
        }
    }
}

/// The messages of clicks, in their order: a new lead before its click. The second tap of a double tap is not counted, so
/// nobody is told of it.
pub fn of_clicks(routing: &Routing, clicks: &[Click]) -> Vec<NewMessage> {
    let mut messages = Vec::new();
    for click in clicks {
        let webhooks = routing.webhooks(click.lead.workspace);
        if webhooks.is_empty() || click.facts.dup {
            continue;
        }
        let happened = |kind, id| Happened {
            kind,
            id,
            lead: Some(click.lead),
            subject: (click.id.0, click.id.0),
            at: click.at,
        };
        if click.facts.new {
            let id = MessageId::of_new_lead(click.id);
            happened(EventKind::LeadCreated, id).tell(webhooks, &mut messages);
        }
        let id = MessageId::of_click(click.id);
        happened(EventKind::ClickRecorded, id).tell(webhooks, &mut messages);
    }
    messages
}

/// A change of one field of a lead.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LeadChange {
    /// Its id: later ones are greater.
    pub id: i64,
    /// Whose.
    pub lead: LeadId,
    /// When.
    pub at: UnixMs,
    /// Which field.
    pub field: String,
    /// Who or what.
    pub by: String,
}

/// The field under which it is noted that a form, a message or an import made a lead, without a click.
const CREATED: &str = "created_at";
/// Fields under which something is noted that leaves nothing to show of the lead: it was removed, or another one stands for
/// it, of which the merge is noted too.
const GONE: [&str; 2] = ["removed_at", "merged_into"];

/// The messages of changes. What somebody changed of a lead at once is one message; if that made the lead, a new one's.
pub fn of_changes(routing: &Routing, changes: &[LeadChange]) -> Vec<NewMessage> {
    let mut messages = Vec::new();
    let together = |a: &LeadChange, b: &LeadChange| a.lead == b.lead && a.at == b.at && a.by == b.by;
    for edit in changes.chunk_by(together) {
        let (Some(first), Some(last)) = (edit.first(), edit.last()) else {
            continue;
        };
        let webhooks = routing.webhooks(first.lead.workspace);
        if webhooks.is_empty() || edit.iter().all(|change| GONE.contains(&change.field.as_str())) {
            continue;
        }
        let kind = match edit.iter().any(|change| change.field == CREATED) {
            true => EventKind::LeadCreated,
            false => EventKind::LeadUpdated,
        };
        let happened = Happened {
            kind,
            id: MessageId::of_change(first.id),
            lead: Some(first.lead),
            subject: (first.id, last.id),
            at: first.at,
        };
        happened.tell(webhooks, &mut messages);
    }
    messages
}

/// An agent who is not available any more.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct AgentAbsence {
    /// Its id: later ones are greater.
    pub id: i64,
    /// Whose agent.
    pub workspace: WorkspaceId,
    /// Who.
    pub agent: AgentId,
    /// Since when.
    pub at: UnixMs,
}

/// The messages of absences.
pub fn of_absences(routing: &Routing, absences: &[AgentAbsence]) -> Vec<NewMessage> {
    let mut messages = Vec::new();
    for absence in absences {
        let happened = Happened {
            kind: EventKind::AgentUnavailable,
            id: MessageId::of_absence(absence.id),
            lead: None,
            subject: (absence.id, absence.id),
            at: absence.at,
        };
        happened.tell(routing.webhooks(absence.workspace), &mut messages);
    }
    messages
}

/// A destination that is held, with the delivery that has waited longest there.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Hold {
    /// The alert's id: later ones are greater.
    pub alert: i64,
    /// Whose destination.
    pub workspace: WorkspaceId,
    /// Since when.
    pub since: UnixMs,
    /// Which delivery, and of which lead.
    pub delivery: (DeliveryId, LeadId),
}

/// The messages of holds: one for each, since all that waits there waits for the same reason.
pub fn of_holds(routing: &Routing, holds: &[Hold]) -> Vec<NewMessage> {
    let mut messages = Vec::new();
    for hold in holds {
        let (delivery, lead) = hold.delivery;
        let happened = Happened {
            kind: EventKind::DeliveryFailed,
            id: MessageId::of_hold(hold.alert),
            lead: Some(lead),
            subject: (delivery.0, delivery.0),
            at: hold.since,
        };
        happened.tell(routing.webhooks(hold.workspace), &mut messages);
    }
    messages
}

/// The messages of a reminder or a hand-over.
pub fn of_untouched(routing: &Routing, reminder: i64, lead: LeadId, at: UnixMs) -> Vec<NewMessage> {
    let happened = Happened {
        kind: EventKind::LeadUntouched,
        id: MessageId::of_untouched(reminder),
        lead: Some(lead),
        subject: (reminder, reminder),
        at,
    };
    let mut messages = Vec::new();
    happened.tell(routing.webhooks(lead.workspace), &mut messages);
    messages
}

/// The messages of a digest.
pub fn of_digest(routing: &Routing, digest: i64, workspace: WorkspaceId, at: UnixMs) -> Vec<NewMessage> {
    let happened = Happened {
        kind: EventKind::Digest,
        id: MessageId::of_digest(digest),
        lead: None,
        subject: (digest, digest),
        at,
    };
    let mut messages = Vec::new();
    happened.tell(routing.webhooks(workspace), &mut messages);
    messages
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        ids::{RotatorId, VisitorNumber},
        webhook::EventKinds,
    };

    const NOW: UnixMs = UnixMs(1_795_347_000_123);
    const LEAD: LeadId = LeadId {
        workspace: WorkspaceId(1),
        number: VisitorNumber(7),
    };

    fn webhook(id: i64, events: impl IntoIterator<Item = EventKind>) -> WebhookRoute {
        WebhookRoute {
            id: WebhookId(id),
            workspace: LEAD.workspace,
            events: events.into_iter().collect(),
            created_at: NOW,
        }
    }

    fn routing(webhooks: Vec<WebhookRoute>) -> Routing {
        Routing::default().with_webhooks(webhooks)
    }

    fn click(id: i64, new: bool, dup: bool) -> Click {
        Click {
            id: ClickId(id),
            at: NOW.plus_ms(id),
            lead: LEAD,
            rotator: RotatorId(1),
            agent: None,
            is_first_use: false,
            first: None,
            print: None,
            facts: crate::click::ClickFacts {
                new,
                dup,
                ..crate::click::tests::facts()
            },
        }
    }

    fn change(id: i64, field: &str, at: i64, by: &str) -> LeadChange {
        LeadChange {
            id,
            lead: LEAD,
            at: NOW.plus_ms(at),
            field: field.to_owned(),
            by: by.to_owned(),
        }
    }

    fn told(messages: &[NewMessage]) -> Vec<(i64, &str, &str)> {
        let told = messages.iter().map(|m| (m.webhook.0, m.kind.as_str(), m.id.as_str()));
        told.collect()
    }

    #[test]
    fn a_new_lead_is_told_before_its_click_and_a_return_is_a_click_alone() {
        let all = routing(vec![webhook(1, EventKind::ALL)]);
        let messages = of_clicks(&all, &[click(1, true, false), click(2, false, false)]);
        let wanted = [
            (1, "lead.created", "kn-0000000000001-lead"),
            (1, "click.recorded", "kn-0000000000001-click"),
            (1, "click.recorded", "kn-0000000000002-click"),
        ];
        assert_eq!(told(&messages), wanted);
        assert_eq!(
            messages,
            of_clicks(&all, &[click(1, true, false), click(2, false, false)])
        );
    }

    #[test]
    fn each_webhook_is_told_what_it_asks_for_from_its_beginning_on() {
        let all = routing(vec![
            webhook(1, [EventKind::LeadCreated]),
            webhook(2, [EventKind::ClickRecorded]),
        ]);
        let told: Vec<_> = of_clicks(&all, &[click(1, true, false)])
            .iter()
            .map(|message| (message.webhook.0, message.kind))
            .collect();
        assert_eq!(told, [(1, EventKind::LeadCreated), (2, EventKind::ClickRecorded)]);
        assert_eq!(of_clicks(&all, &[click(-1, true, false)]), [], "it was not there yet");
        assert_eq!(
            of_clicks(&all, &[click(1, false, true)]),
            [],
            "a double tap is not counted"
        );
        assert_eq!(of_clicks(&Routing::default(), &[click(1, true, false)]), []);
    }

    #[test]
    fn what_is_changed_at_once_is_one_message() {
        let all = routing(vec![webhook(1, EventKind::ALL)]);
        let changes = [
            change(1, "name", 5, "user:1"),
            change(2, "status", 5, "user:1"),
            change(3, "status", 6, "user:1"),
            change(4, "notes", 6, "key:1"),
            change(5, "removed_at", 7, "key:1"),
            change(6, "merged_into", 8, "form:1"),
        ];
        let messages = of_changes(&all, &changes);
        let spans: Vec<_> = messages.iter().map(|m| (m.subject, m.subject_end)).collect();
        assert_eq!(
            spans,
            [(1, 2), (3, 3), (4, 4)],
            "a lead that is removed has nothing to show"
        );
        assert_eq!(messages[0].id.as_str(), "kn-0000000000001-change");
    }

    #[test]
    fn a_lead_that_no_click_made_is_a_new_one_and_no_change() {
        let all = routing(vec![webhook(1, EventKind::ALL)]);
        let changes = [
            change(7, "created_at", 5, "form:3"),
            change(8, "name", 5, "form:3"),
            change(9, "name", 6, "user:1"),
        ];
        let wanted = [
            (1, "lead.created", "kn-0000000000007-change"),
            (1, "lead.updated", "kn-0000000000009-change"),
        ];
        assert_eq!(told(&of_changes(&all, &changes)), wanted);
    }

    #[test]
    fn a_hold_and_an_absence_are_told_once() {
        let all = routing(vec![webhook(1, EventKind::ALL), webhook(2, [EventKind::LeadCreated])]);
        let hold = Hold {
            alert: 4,
            workspace: LEAD.workspace,
            since: NOW,
            delivery: (DeliveryId(9), LEAD),
        };
        assert_eq!(
            told(&of_holds(&all, &[hold])),
            [(1, "delivery.failed", "kn-0000000000004-hold")]
        );
        let absence = AgentAbsence {
            id: 5,
            workspace: LEAD.workspace,
            agent: AgentId(3),
            at: NOW,
        };
        assert_eq!(
            told(&of_absences(&all, &[absence])),
            [(1, "agent.unavailable", "kn-0000000000005-agent")]
        );
        assert_eq!(
            told(&of_untouched(&all, 6, LEAD, NOW)),
            [(1, "lead.untouched", "kn-0000000000006-untouched")]
        );
        assert_eq!(
            told(&of_digest(&all, 7, LEAD.workspace, NOW)),
            [(1, "digest", "kn-0000000000007-digest")]
        );
    }

    #[test]
    fn no_id_has_a_full_stop() {
        for id in [
            MessageId::of_new_lead(ClickId(i64::MAX)),
            MessageId::of_failure(DeliveryId(7), NOW),
            MessageId::of_test(-1),
        ] {
            assert!(!id.as_str().contains('.'), "{id}");
        }
        assert_eq!(EventKinds::all().iter().count(), EventKind::ALL.len());
    }
}
