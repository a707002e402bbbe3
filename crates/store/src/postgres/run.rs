//! How a function of the trait is run: on any connection, in a transaction, or looking at one moment.

/// Asks on any connection.
macro_rules! ask {
    ($store:ident, $($function:ident)::+ ( $($argument:expr),* )) => {{
        let client = $store.any().await?;
        $($function)::+(&client $(, $argument)*).await
    }};
}

/// Does something in a transaction and commits it.
macro_rules! write {
    ($store:ident, $($function:ident)::+ ( $($argument:expr),* )) => {{
        let mut client = $store.any().await?;
        let transaction = client.transaction().await?;
        let done = $($function)::+(&transaction $(, $argument)*).await?;
        transaction.commit().await?;
        Ok(done)
    }};
}

/// Does something that is noted with who did it, in a transaction, and commits it. `$does` is given the notes.
macro_rules! noted {
    ($store:ident, $by:ident, $now:ident, |$notes:ident| $does:expr) => {{
        let place = $store.place().await?;
        let ids = |at| $store.next_id(&place, at);
        let mut client = $store.any().await?;
        let transaction = client.transaction().await?;
        let $notes = $crate::postgres::identity::notes::Notes {
            transaction: &transaction,
            ids: &ids,
            by: &$by,
            now: $now,
        };
        let done = $does;
        transaction.commit().await?;
        Ok(done)
    }};
}

/// Asks several things about one moment.
macro_rules! look {
    ($store:ident, $($function:ident)::+ ( $($argument:expr),* )) => {{
        let mut client = $store.any().await?;
        let transaction = client
            .build_transaction()
            .isolation_level(tokio_postgres::IsolationLevel::RepeatableRead)
            .read_only(true)
            .start()
            .await?;
        let seen = $($function)::+(&transaction $(, $argument)*).await?;
        transaction.commit().await?;
        Ok(seen)
    }};
}

pub(super) use {ask, look, noted, write};
