//! Legal holds.

use aws_sdk_backup::types::LegalHold as Listed;
use futures::StreamExt;

use crate::model::backup::audit::LegalHold;
use crate::model::fact::Fact;
use crate::model::resource::{Facts, Tags};

use super::super::convert::time;
use super::super::look::Look;
use super::super::operation::Operation;
use super::super::part::Part;
use super::super::session::Session;

pub const LIST_HOLDS: Operation = Operation {
    service: "backup",
    name: "ListLegalHolds",
    actions: &["backup:ListLegalHolds"],
    why: "which legal holds there are",
};
pub const GET_HOLD: Operation = Operation {
    service: "backup",
    name: "GetLegalHold",
    actions: &["backup:GetLegalHold"],
    why: "which recovery points a legal hold keeps from deletion",
};

const HOLD: &str = "AWS::Backup::LegalHold";
const NOT_FOUND: &str = "ResourceNotFoundException";

pub async fn collect(session: &Session<'_>, region: &str) -> Part {
    let mut look = Look::at(session, region);
    let clients = session.clients(region);
    let holds = look
        .list(&LIST_HOLDS, None, |token| {
            let call = clients.backup.list_legal_holds().max_results(1000).set_next_token(token).send();
            async { session.send(call).await.map(|page| (page.legal_holds.unwrap_or_default(), page.next_token)) }
        })
        .await;
    if holds.broken.is_none() {
        look.listed(HOLD, None);
    }
    let mut parts = futures::stream::iter(holds.items)
        .map(|hold| read(session, region, hold))
        .buffer_unordered(session.concurrency());
    while let Some(part) = parts.next().await {
        look.part.absorb(part);
    }
    look.part
}

async fn read(session: &Session<'_>, region: &str, listed: Listed) -> Part {
    let mut look = Look::at(session, region);
    let clients = session.clients(region);
    let Some(hold_id) = listed.legal_hold_id else { return look.part };
    let arn = listed.legal_hold_arn.unwrap_or_else(|| {
        format!("arn:{}:backup:{region}:{}:legal-hold:{hold_id}", session.partition, session.account)
    });
    let answer = session.send(clients.backup.get_legal_hold().legal_hold_id(&hold_id).send()).await;
    if answer.as_ref().is_err_and(|failure| failure.code == NOT_FOUND) {
        look.gone(&GET_HOLD, &arn, NOT_FOUND);
        return look.part;
    }
    let held = look.fact(&GET_HOLD, &arn, &[], answer, |output| {
        let named = |names: Option<Vec<String>>| names.unwrap_or_default();
        Fact::known(output.recovery_point_selection.map_or_else(Held::default, |selection| Held {
            vaults: named(selection.vault_names),
            resources: named(selection.resource_identifiers),
            from: time(selection.date_range.as_ref().map(|range| &range.from_date)),
            to: time(selection.date_range.as_ref().map(|range| &range.to_date)),
        }))
    });
    let facts = LegalHold {
        title: Fact::from_option(listed.title.clone()),
        status: listed.status.map_or_else(
            || Fact::unknown("`backup:ListLegalHolds` gave no status"),
            |status| Fact::known(status.as_str().to_owned()),
        ),
        vaults: held.as_ref().map(|held| held.vaults.clone()),
        resources: held.as_ref().map(|held| held.resources.clone()),
        from: held.as_ref().and_then(|held| held.from.clone()),
        to: held.and_then(|held| held.to),
    };
    let id = look.id(HOLD, &arn);
    let name = listed.title.unwrap_or(hold_id);
    // No rule asks for a hold's tags: none are read.
    look.found(id, &name, Tags::unread("tags of legal holds are not read"), Facts::LegalHold(Box::new(facts)));
    look.part
}

/// What a hold keeps.
struct Held {
    vaults: Vec<String>,
    resources: Vec<String>,
    from: Fact<jiff::Timestamp>,
    to: Fact<jiff::Timestamp>,
}

impl Default for Held {
    fn default() -> Self {
        Self { vaults: Vec::new(), resources: Vec::new(), from: Fact::absent(), to: Fact::absent() }
    }
}
