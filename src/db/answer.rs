//! Statements whose answer is waited for so long and no longer.
//!
//! PostgreSQL ends a statement that takes too long by itself; what this is for is a server that says nothing any more,
//! because its machine or the network between is gone: TCP would wait for it for ever. Not here: bulk reads, which take
//! as long as they take (`postgres_copy`). What a reader would get wrong: whoever gives up closes the connection by
//! dropping it; whether the statement was carried out is not known.

use std::{future::Future, time::Duration};

use async_trait::async_trait;
use futures::future::BoxFuture;
use sea_orm::{
    ConnectionTrait, DatabaseConnection, DatabaseTransaction, DbBackend, DbErr, ExecResult, QueryResult, RuntimeErr,
    Statement, StreamTrait, TransactionOptions, TransactionTrait,
};
use tokio::time::timeout;

/// A connection or a transaction, with how long it waits for an answer.
#[derive(Clone, Debug)]
pub struct Answering<C> {
    inner: C,
    /// None where the database is in this process.
    patience: Option<Duration>,
}

/// An open writing transaction, as [`Db::write`](super::Db::write) hands it out.
pub type Transaction = Answering<DatabaseTransaction>;
/// Where queries go, as [`Db::read`](super::Db::read) hands it out.
pub type Reader = Answering<DatabaseConnection>;

impl<C> Answering<C> {
    pub(super) fn new(inner: C, patience: Option<Duration>) -> Self {
        Self { inner, patience }
    }

    /// The connection itself, for what takes as long as it takes.
    pub(super) fn unbounded(&self) -> &C {
        &self.inner
    }

    pub(super) fn unbounded_mut(&mut self) -> &mut C {
        &mut self.inner
    }

    pub(super) fn set_patience(&mut self, patience: Duration) {
        self.patience = self.patience.map(|_| patience);
    }

    pub(super) fn patience(&self) -> Option<Duration> {
        self.patience
    }
}

/// What the database answers, if it does so in time.
pub(super) async fn within<T>(
    patience: Option<Duration>,
    answer: impl Future<Output = Result<T, DbErr>>,
) -> Result<T, DbErr> {
    let Some(patience) = patience else { return answer.await };
    let silent = |_| DbErr::Conn(RuntimeErr::Internal(format!("no answer for {} s", patience.as_secs_f64())));
    timeout(patience, answer).await.map_err(silent)?
}

impl Reader {
    /// Begins a transaction that is as patient.
    #[expect(clippy::disallowed_methods, reason = "behind the one place that opens a writing transaction")]
    pub(super) async fn begin(&self, options: TransactionOptions) -> Result<Transaction, DbErr> {
        let begun = within(self.patience, self.inner.begin_with_options(options)).await?;
        Ok(Transaction::new(begun, self.patience))
    }
}

impl Transaction {
    pub(super) async fn commit(self) -> Result<(), DbErr> {
        within(self.patience, self.inner.commit()).await
    }

    pub(super) async fn rollback(self) -> Result<(), DbErr> {
        within(self.patience, self.inner.rollback()).await
    }
}

#[async_trait]
impl<C: ConnectionTrait + Send> ConnectionTrait for Answering<C> {
    fn get_database_backend(&self) -> DbBackend {
        self.inner.get_database_backend()
    }

    async fn execute_raw(&self, statement: Statement) -> Result<ExecResult, DbErr> {
        within(self.patience, self.inner.execute_raw(statement)).await
    }

    async fn execute_unprepared(&self, sql: &str) -> Result<ExecResult, DbErr> {
        within(self.patience, self.inner.execute_unprepared(sql)).await
    }

    async fn query_one_raw(&self, statement: Statement) -> Result<Option<QueryResult>, DbErr> {
        within(self.patience, self.inner.query_one_raw(statement)).await
    }

    async fn query_all_raw(&self, statement: Statement) -> Result<Vec<QueryResult>, DbErr> {
        within(self.patience, self.inner.query_all_raw(statement)).await
    }
}

/// Rows of a stream are waited for as long as they take: between two of them lies what their reader does.
impl<C: StreamTrait> StreamTrait for Answering<C> {
    type Stream<'a>
        = C::Stream<'a>
    where
        Self: 'a;

    fn get_database_backend(&self) -> DbBackend {
        self.inner.get_database_backend()
    }

    fn stream_raw<'a>(&'a self, statement: Statement) -> BoxFuture<'a, Result<Self::Stream<'a>, DbErr>> {
        self.inner.stream_raw(statement)
    }
}
