//! What the click path is configured by changes, and refuses what cannot be.

use crate::{
    common::shop::{agent, rotator},
    shop::Story,
};
use konektor_core::screening::taught::Rule;
use konektor_store::{Store, StoreError, model::*};

impl<S: Store> Story<S> {
    pub async fn configuration_changes_and_guards_itself(&mut self) {
        let store = &self.store;
        let taken = store.add_rotator(self.workspace, rotator("promo", &[]), self.now).await;
        assert!(matches!(taken, Err(StoreError::Taken { .. })));
        let taken = store.add_rotator(self.other, rotator("promo", &[]), self.now).await;
        assert!(
            matches!(taken, Err(StoreError::Taken { .. })),
            "on the public host slugs are unique across workspaces"
        );
        store
            .add_host(self.other, "wa.other.example".to_owned(), self.now)
            .await
            .unwrap();
        let own_host = store
            .add_rotator(self.other, rotator("promo", &[]), self.now)
            .await
            .unwrap();
        assert!(!own_host.on_public_host, "on a host of its own the slug is free");
        let host_taken = store
            .add_host(self.workspace, "wa.other.example".to_owned(), self.now)
            .await;
        assert!(matches!(host_taken, Err(StoreError::Taken { .. })));

        let routing = store.routing().await.unwrap();
        assert_eq!(routing.find_public_rotator("promo").unwrap().id, self.rotator);
        assert_eq!(routing.find_rotator(self.other, "promo").unwrap().id, own_host.id);
        assert_eq!(routing.workspace_of_host("wa.other.example"), Some(self.other));

        let rule = |kind: &str, value: &str| Rule::parse(kind, value).unwrap();
        let teach = async |rule: Rule| {
            let taught = store.add_screening_rule(self.workspace, rule, "user:1".to_owned(), self.now);
            taught.await.unwrap().expect("there is room")
        };
        let name = teach(rule("user_agent", "TokoBot")).await;
        assert_eq!(teach(rule("user_agent", "TokoBot")).await, name, "once");
        let network = teach(rule("network", "203.0.113.0/24")).await;
        let rules = store.screening_rules(self.workspace).await.unwrap();
        assert_eq!(rules, [name.clone(), network]);
        assert!(store.screening_rules(self.other).await.unwrap().is_empty());
        let routing = store.routing().await.unwrap();
        let taught = |workspace| routing.workspace(workspace).unwrap().taught.clone();
        assert!(taught(self.workspace).has_network_of([203, 0, 113, 7].into()) && !taught(self.other).is_any());
        assert!(!store.remove_screening_rule(self.other, name.id).await.unwrap());
        assert!(store.remove_screening_rule(self.workspace, name.id).await.unwrap());
        assert_eq!(store.screening_rules(self.workspace).await.unwrap().len(), 1);

        let changed = AgentFields {
            active: false,
            ..agent("Ayu", "6281200000001")
        };
        assert!(
            store
                .set_agent(self.other, self.agents[0], changed.clone(), self.now)
                .await
                .unwrap()
                .is_none()
        );
        assert!(
            store
                .set_agent(self.workspace, self.agents[0], changed, self.now)
                .await
                .unwrap()
                .is_some()
        );
        assert!(!store.routing().await.unwrap().agent(self.agents[0]).unwrap().active);
        assert!(
            store
                .remove_agent(self.workspace, self.agents[0], self.now)
                .await
                .unwrap()
        );
        assert!(
            !store
                .remove_agent(self.workspace, self.agents[0], self.now)
                .await
                .unwrap()
        );
        assert_eq!(store.agents(self.workspace).await.unwrap().len(), 1);

        let key = NewApiKey {
            workspace: self.workspace,
            name: "test".to_owned(),
            hash: [3; 32],
            scopes: vec!["read".to_owned()],
            expires_at: Some(self.now.plus_ms(1_000)),
        };
        let id = store.add_api_key(key, self.now).await.unwrap().id;
        assert!(store.find_api_key([3; 32], self.now).await.unwrap().is_some());
        assert!(
            store
                .find_api_key([3; 32], self.now.plus_ms(1_000))
                .await
                .unwrap()
                .is_none(),
            "it has ended"
        );
        assert!(!store.revoke_api_key(self.other, id, self.now).await.unwrap());
        assert!(store.revoke_api_key(self.workspace, id, self.now).await.unwrap());
        assert!(store.find_api_key([3; 32], self.now).await.unwrap().is_none());
    }
}
