//! A transaction, from BEGIN to COMMIT.

use std::collections::HashMap;
use std::pin::pin;

use futures::TryStreamExt as _;
use tokio::time::Instant;
use tokio_postgres::types::Type;
use tokio_postgres::{Error as Failed, Portal, Statement as Prepared, Transaction};

use super::bind::bound;
use super::link::Link;
use super::read::{Reader, has_money};
use super::{failure, words};
use crate::dialect::Phase;
use crate::error::{At, Error, Place};
use crate::meter::Meter;
use crate::settings::Settings;
use crate::statement::{Rows, Statement};

/// Rows that are asked for at once: memory is bounded by the meter, and round trips are few.
const ROWS_AT_ONCE: u32 = 1_000;

/// What protocol and catalog take beside the rows.
const BESIDE_ROWS_BYTES: usize = 1024 * 1024;

/// Before the call's own deadline, so that the server's word still arrives.
const BEFORE_DEADLINE_MS: u64 = 50;

impl Link {
    /// Carries statements out in one transaction; what fails is rolled back.
    pub async fn transact(
        &mut self,
        statements: &[Statement],
        settings: &Settings,
        deadline: Instant,
    ) -> Result<Vec<Rows>, Error> {
        self.phase = Phase::Beginning;
        words::check(statements)?;
        let wire_max_bytes = settings.answer_max_bytes.saturating_add(BESIDE_ROWS_BYTES);
        self.meter.allow(wire_max_bytes);
        self.is_at_rest = false;
        let timeout_ms = statement_timeout_ms(settings, deadline);
        let transaction = begin(&mut self.client, timeout_ms).await;
        let judge = Judge {
            meter: self.meter.clone(),
            max_bytes: settings.answer_max_bytes,
        };
        let transaction =
            transaction.map_err(|error| judge.failed(&error, Phase::Beginning, Place(None)))?;
        self.phase = Phase::Working;
        let working = Work {
            transaction: &transaction,
            prepared: HashMap::new(),
            left_bytes: settings.answer_max_bytes,
            money_digits: None,
            judge: &judge,
        };
        match working.all(statements).await {
            Ok(rows) => {
                self.phase = Phase::Committing;
                let committed = transaction.commit().await;
                committed.map_err(|error| judge.failed(&error, Phase::Committing, Place(None)))?;
                self.is_at_rest = true;
                Ok(rows)
            }
            Err(error) => {
                // The connection may be gone; then there is nothing to roll back.
                self.is_at_rest = transaction.rollback().await.is_ok();
                Err(error)
            }
        }
    }
}

fn statement_timeout_ms(settings: &Settings, deadline: Instant) -> u64 {
    let left = deadline.duration_since(Instant::now()).as_millis();
    let left_ms = u64::try_from(left).unwrap_or(u64::MAX);
    let server_ms = left_ms.saturating_sub(BEFORE_DEADLINE_MS).max(1);
    // The server takes no more than 31 bits.
    settings
        .statement_timeout_ms
        .min(server_ms)
        .min(i32::MAX as u64)
}

async fn begin(
    client: &mut tokio_postgres::Client,
    timeout_ms: u64,
) -> Result<Transaction<'_>, Failed> {
    let transaction = client.transaction().await?;
    let limit = format!("SET LOCAL statement_timeout = {timeout_ms}");
    transaction.batch_execute(&limit).await?;
    Ok(transaction)
}

/// Makes errors of what the library says.
struct Judge {
    meter: Meter,
    max_bytes: usize,
}

impl Judge {
    fn failed(&self, error: &Failed, phase: Phase, place: Place) -> Error {
        match self.meter.is_used_up() {
            true => Error::TooLarge {
                max_bytes: self.max_bytes,
            },
            false => failure::of(error, At(phase), place),
        }
    }
}

/// The statements of a transaction.
struct Work<'a> {
    transaction: &'a Transaction<'a>,
    /// The same text is prepared once.
    prepared: HashMap<&'a str, Prepared>,
    /// What rows may still take.
    left_bytes: usize,
    /// How many digits of money stand behind the point, once that was asked.
    money_digits: Option<usize>,
    judge: &'a Judge,
}

impl<'a> Work<'a> {
    async fn all(mut self, statements: &'a [Statement]) -> Result<Vec<Rows>, Error> {
        let count = statements.len();
        let mut all = Vec::with_capacity(count);
        for (index, statement) in statements.iter().enumerate() {
            let place = Place((count > 1).then_some((index + 1, count)));
            all.push(self.one(statement, place).await?);
        }
        Ok(all)
    }

    async fn one(&mut self, statement: &'a Statement, place: Place) -> Result<Rows, Error> {
        let judge = self.judge;
        let failed = |error: Failed| judge.failed(&error, Phase::Working, place);
        let prepared = self.prepare(&statement.text).await.map_err(failed)?;
        let parameters = bound(&statement.parameters, prepared.params(), place)?;
        let kinds: Vec<Type> = prepared
            .columns()
            .iter()
            .map(|one| one.type_().clone())
            .collect();
        let digits = self.digits(&kinds).await.map_err(failed)?;
        let portal = self.transaction.bind_raw(&prepared, parameters).await;
        let portal = portal.map_err(failed)?;
        let reader = Reader {
            columns: prepared.columns(),
            money_digits: digits,
            place,
        };
        let columns = prepared.columns().iter();
        let rows = Rows {
            columns: columns.map(|column| column.name().to_owned()).collect(),
            ..Rows::default()
        };
        self.fetch((statement, &portal), &reader, rows).await
    }

    async fn prepare(&mut self, text: &'a str) -> Result<Prepared, Failed> {
        if let Some(prepared) = self.prepared.get(text) {
            return Ok(prepared.clone());
        }
        let prepared = self.transaction.prepare(text).await?;
        self.prepared.insert(text, prepared.clone());
        Ok(prepared)
    }

    /// The server's locale says how many digits an amount of money has; its wire format does not.
    async fn digits(&mut self, kinds: &[Type]) -> Result<usize, Failed> {
        if !has_money(kinds) {
            return Ok(0);
        }
        if let Some(digits) = self.money_digits {
            return Ok(digits);
        }
        let one = self
            .transaction
            .query_one("SELECT '1'::money::numeric::text", &[]);
        let one: String = one.await?.try_get(0)?;
        let digits = one.split_once('.').map_or(0, |(_, digits)| digits.len());
        self.money_digits = Some(digits);
        Ok(digits)
    }

    /// Takes rows in until there are `rows_max`. One more is looked at, to see whether there are more; and what
    /// changes rows is seen through to its end, where the server says how many it changed.
    async fn fetch(
        &mut self,
        (statement, portal): (&Statement, &Portal),
        reader: &Reader<'_>,
        mut rows: Rows,
    ) -> Result<Rows, Error> {
        let changes = words::changes_rows(&statement.text);
        let rows_max = statement.rows_max as usize;
        loop {
            let missing = statement
                .rows_max
                .saturating_sub(count(&rows))
                .saturating_add(1);
            let at_once = i32::try_from(missing.min(ROWS_AT_ONCE)).unwrap_or(i32::MAX);
            let failed = |error: Failed| self.judge.failed(&error, Phase::Working, reader.place);
            let stream = self.transaction.query_portal_raw(portal, at_once).await;
            let mut stream = pin!(stream.map_err(failed)?);
            while let Some(row) = stream.try_next().await.map_err(failed)? {
                if rows.rows.len() == rows_max {
                    rows.truncated = true;
                    continue;
                }
                let row = reader.row(&row)?;
                let size = row.iter().map(crate::Value::size_bytes).sum();
                let left = self.left_bytes.checked_sub(size);
                self.left_bytes = left.ok_or(Error::TooLarge {
                    max_bytes: self.judge.max_bytes,
                })?;
                rows.rows.push(row);
            }
            if let Some(affected) = stream.rows_affected() {
                // Of what is read in pieces it counts the last piece.
                rows.affected = match changes {
                    true => affected,
                    false => affected.max(rows.rows.len() as u64),
                };
                return Ok(rows);
            }
            if rows.truncated && !changes {
                rows.affected = rows.rows.len() as u64;
                return Ok(rows);
            }
        }
    }
}

fn count(rows: &Rows) -> u32 {
    u32::try_from(rows.rows.len()).unwrap_or(u32::MAX)
}
