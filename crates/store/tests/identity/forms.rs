//! Forms name visitors: whom they mean, and what they may say.

use crate::shop::{Shop, form};
use konektor_core::{
    ids::{LeadId, VisitorNumber},
    lead::NameSource,
};
use konektor_store::{Store, model::*};

impl<S: Store> Shop<S> {
    pub async fn a_form_names_its_visitor(&mut self) {
        let lead = self.visitor("gclid=A1").await;
        let submission = Submission {
            email: Some("rina@kopi.id".to_owned()),
            fields: vec![("Ukuran".to_owned(), "XL".to_owned())],
            consent: Some(Consented {
                wording: "Saya setuju".to_owned(),
            }),
            ..form(Addressed::Visitor(lead), "Rina", "6281100000001")
        };
        let done = Submitted::Done {
            lead,
            made: false,
            merged: vec![],
        };
        assert_eq!(self.submit(submission).await, done);
        let shown = self.lead(lead).await;
        assert_eq!(shown.name, Some(("Rina".to_owned(), NameSource::Form)));
        assert_eq!(
            (shown.phone.as_deref(), shown.email.as_deref()),
            (Some("6281100000001"), Some("rina@kopi.id"))
        );
        let details = self.store.lead_details(lead).await.unwrap().unwrap();
        assert_eq!(details.custom, [("Ukuran".to_owned(), "XL".to_owned())]);
        assert_eq!(details.consent.unwrap().0.wording, "Saya setuju");
        let kinds: Vec<_> = details.identifiers.iter().map(|known| known.kind.as_str()).collect();
        assert_eq!(kinds, ["email", "phone"]);
        let timeline = self.store.timeline(lead, None, 10).await.unwrap();
        assert!(timeline.iter().any(|item| matches!(item, TimelineItem::Submission(_))));

        let patch = LeadPatch {
            name: Some(Some(("Ibu Rina".to_owned(), NameSource::Manual))),
            ..LeadPatch::default()
        };
        self.store
            .update_lead(lead, patch, "user:1".to_owned(), self.now)
            .await
            .unwrap();
        self.submit(form(Addressed::Nobody, "Bukan Rina", "6281100000001"))
            .await;
        assert_eq!(
            self.lead(lead).await.name,
            Some(("Ibu Rina".to_owned(), NameSource::Manual)),
            "a name set by hand stays"
        );
    }

    pub async fn a_code_proves_nothing(&mut self) {
        let rina = self.lead_of("6281100000001").await;
        let lead = self.visitor("gclid=B1").await;
        let by_code = form(Addressed::Code(lead), "Mallory", "6281100000001");
        self.submit(by_code.clone()).await;
        let shown = self.lead(lead).await;
        assert_eq!(shown.name.unwrap().0, "Mallory", "what is automatic is filled");
        assert!(shown.unverified && !shown.merged);
        assert_eq!(shown.phone, None, "somebody else has this number");
        assert_eq!(self.lead_of("6281100000001").await, rina);
        let again = Submission {
            name: Some("Mallory II".to_owned()),
            phone: Some("6281100000066".to_owned()),
            ..by_code
        };
        self.submit(again).await;
        let shown = self.lead(lead).await;
        assert_eq!(shown.name.unwrap().0, "Mallory", "a name that somebody gave is not");
        assert_eq!(shown.phone.as_deref(), Some("6281100000066"));
        assert!(
            self.store.identifiers(lead).await.unwrap().is_empty(),
            "nor is anybody known by a number that came with a code"
        );
    }

    pub async fn who_is_not_known_is_made_or_not_found(&mut self) {
        let unknown = Submission {
            make: false,
            ..form(Addressed::Nobody, "Siti", "6281100000077")
        };
        assert_eq!(self.submit(unknown).await, Submitted::NotFound);
        let before = self.visitor("").await;
        let made = self.submit(form(Addressed::Nobody, "Siti", "6281100000077")).await;
        let Submitted::Done { lead, made: true, .. } = made else {
            panic!("{made:?}");
        };
        let after = self.visitor("").await;
        assert!(
            before.number < lead.number && lead.number < after.number,
            "numbers are in the order of time, whoever gives them"
        );
        let shown = self.lead(lead).await;
        assert!(shown.first.is_none() && shown.last.is_none() && shown.agent.is_none());
        assert_eq!((shown.click_count, shown.created_at), (0, self.now.plus_ms(-60_000)));
        assert_eq!(self.listed(LeadFilter::default()).await[..2], [after, lead]);
        let of_another = LeadId {
            workspace: self.other,
            number: VisitorNumber(1),
        };
        let foreign = Submission {
            make: false,
            ..form(Addressed::Visitor(of_another), "X", "")
        };
        assert_eq!(self.submit(foreign).await, Submitted::NotFound);
        assert!(self.store.find_lead(of_another).await.unwrap().is_none());
    }

    pub async fn a_repetition_does_nothing(&mut self) {
        let lead = self.visitor("").await;
        let once = Submission {
            once: Some([9; 32]),
            ..form(Addressed::Visitor(lead), "Tono", "")
        };
        assert!(matches!(self.submit(once.clone()).await, Submitted::Done { .. }));
        let before = self.store.timeline(lead, None, 100).await.unwrap().len();
        let again = Submission {
            name: Some("Toni".to_owned()),
            ..once
        };
        assert_eq!(self.submit(again.clone()).await, Submitted::Repeated { lead });
        assert_eq!(self.store.timeline(lead, None, 100).await.unwrap().len(), before);
        let elsewhere = self.store.submit(self.other, again, self.now).await.unwrap();
        assert!(matches!(elsewhere, Submitted::Done { made: true, .. }), "{elsewhere:?}");
    }
}
