//! What every test finds in its database: two organisations, people of every kind, accounts, and builders for rows.

use chrono::{DateTime, NaiveDate, Utc};
use entity::{
    access_profile, account, account_assignment, api_token, collection_item,
    collection_item::{ItemKind, ItemState},
    collection_run,
    collection_run::CollectionRunStatus,
    member,
    member::{MemberStatus, Role},
    member_access_profile, organisation, record,
    record::RecordStatus,
    record_remark, run_seller, seller, seller_name, sighting,
};
use sea_orm::{ActiveModelTrait, ActiveValue::Set, EntityTrait};
use sellerbook::{
    app::App,
    auth::{self, TokenRequest},
    text,
};
use sha2::{Digest, Sha256};
use uuid::Uuid;

/// Ids and tokens of what was seeded.
#[derive(Clone, Debug)]
pub struct Seeded {
    pub org: Uuid,
    pub other_org: Uuid,
    /// Accounts of `org`: ALPHA (the va's), BETA (the client's), GAMMA.
    pub accounts: [Uuid; 3],
    pub other_account: Uuid,
    pub admin: Person,
    /// Reads records and sellers, sees ALPHA, no remarks.
    pub va: Person,
    /// As `va`, with both remarks.
    pub va_remarks: Person,
    /// Holds no permission.
    pub va_nothing: Person,
    /// Owns BETA.
    pub client: Person,
    pub suspended: Person,
    /// Admin of the other organisation.
    pub other_admin: Person,
}

/// A member and a token.
#[derive(Clone, Debug)]
pub struct Person {
    pub id: Uuid,
    pub token: String,
}

/// Seeds a database.
pub async fn seed(app: &App) -> Seeded {
    let (org, other_org) = (organisation(app, "acme").await, organisation(app, "rival").await);
    let reader = "order_tracking.read seller_collection.read";
    let remarks = format!("{reader} order_tracking.read.order_remark order_tracking.read.service_remark");
    let admin = person(app, org, "admin@acme.example", Role::Admin, "").await;
    let va = person(app, org, "va@acme.example", Role::Va, reader).await;
    let va_remarks = person(app, org, "remarks@acme.example", Role::Va, &remarks).await;
    let va_nothing = person(app, org, "nothing@acme.example", Role::Va, "").await;
    let client = person(app, org, "client@acme.example", Role::Client, "").await;
    let suspended = person(app, org, "suspended@acme.example", Role::Admin, "").await;
    suspend(app, suspended.id).await;
    let other_admin = person(app, other_org, "admin@rival.example", Role::Admin, "").await;
    let alpha = account(app, org, "ALPHA", None).await;
    let beta = account(app, org, "BETA", Some(client.id)).await;
    let gamma = account(app, org, "GAMMA", None).await;
    let other_account = account(app, other_org, "ALPHA", None).await;
    assign(app, org, va.id, alpha).await;
    assign(app, org, va_remarks.id, alpha).await;
    Seeded {
        org,
        other_org,
        accounts: [alpha, beta, gamma],
        other_account,
        admin,
        va,
        va_remarks,
        va_nothing,
        client,
        suspended,
        other_admin,
    }
}

/// Adds an organisation.
pub async fn organisation(app: &App, slug: &str) -> Uuid {
    let row = organisation::ActiveModel {
        id: Set(Uuid::now_v7()),
        slug: Set(slug.to_owned()),
        name: Set(format!("Organisation {slug}")),
        created_at: Set(app.clock.now()),
    };
    insert::<organisation::Entity>(app, vec![row.clone()]).await;
    row.id.unwrap()
}

/// A member with a token; a `va` with an access profile of these keys.
pub async fn person(app: &App, org: Uuid, email: &str, role: Role, keys: &str) -> Person {
    let (id, profile, now) = (Uuid::now_v7(), Uuid::now_v7(), app.clock.now());
    let row = member::ActiveModel {
        id: Set(id),
        org_id: Set(org),
        user_id: Set(format!("user of {email}")),
        email: Set(email.to_owned()),
        role: Set(role),
        status: Set(MemberStatus::Active),
        created_at: Set(now),
        updated_at: Set(now),
    };
    insert::<member::Entity>(app, vec![row]).await;
    if !keys.is_empty() {
        let row = access_profile::ActiveModel {
            id: Set(profile),
            org_id: Set(org),
            name: Set(format!("Profile of {email}")),
            permissions: Set(keys.to_owned()),
            created_at: Set(now),
            updated_at: Set(now),
        };
        insert::<access_profile::Entity>(app, vec![row]).await;
        let row = member_access_profile::ActiveModel {
            org_id: Set(org),
            member_id: Set(id),
            access_profile_id: Set(profile),
        };
        insert::<member_access_profile::Entity>(app, vec![row]).await;
    }
    let token = app
        .db
        .write(move |tx| {
            Box::pin(async move {
                let request =
                    TokenRequest { org_id: org, member_id: id, name: None, expires_at: None, created_by: None };
                let token = auth::create_token(tx, now, request).await?;
                // Used just now: no request of a test writes that down, where statements are counted.
                let used = api_token::ActiveModel { last_used_at: Set(Some(now)), ..token.row.clone().into() };
                used.update(tx).await.unwrap();
                Ok(token)
            })
        })
        .await
        .unwrap();
    Person { id, token: token.secret }
}

/// Suspends a member.
pub async fn suspend(app: &App, id: Uuid) {
    use sea_orm::{ColumnTrait, QueryFilter, sea_query::Expr};
    app.db
        .write(move |tx| {
            Box::pin(async move {
                member::Entity::update_many()
                    .col_expr(member::Column::Status, Expr::value("suspended"))
                    .filter(member::Column::Id.eq(id))
                    .exec(tx)
                    .await
                    .unwrap();
                Ok(())
            })
        })
        .await
        .unwrap();
}

/// Adds an account.
pub async fn account(app: &App, org: Uuid, code: &str, owner: Option<Uuid>) -> Uuid {
    let row = account::ActiveModel {
        id: Set(Uuid::now_v7()),
        org_id: Set(org),
        code: Set(code.to_owned()),
        name: Set(Some(format!("Store {code}"))),
        owner_id: Set(owner),
        created_at: Set(app.clock.now()),
        updated_at: Set(app.clock.now()),
        archived_at: Set(None),
    };
    insert::<account::Entity>(app, vec![row.clone()]).await;
    row.id.unwrap()
}

/// Lets a va see an account.
pub async fn assign(app: &App, org: Uuid, member: Uuid, account: Uuid) {
    let row = account_assignment::ActiveModel { org_id: Set(org), member_id: Set(member), account_id: Set(account) };
    insert::<account_assignment::Entity>(app, vec![row]).await;
}

/// Stores rows in one transaction.
pub async fn insert<E>(app: &App, rows: Vec<E::ActiveModel>)
where
    E: EntityTrait,
    E::ActiveModel: Send + 'static,
{
    app.db
        .write(move |tx| {
            Box::pin(async move {
                let mut rows = rows;
                while !rows.is_empty() {
                    let batch: Vec<_> = rows.drain(..rows.len().min(500)).collect();
                    E::insert_many(batch).exec_without_returning(tx).await.unwrap();
                }
                Ok(())
            })
        })
        .await
        .unwrap();
}

/// A record; set what the test is about.
#[derive(Clone, Debug)]
pub struct NewRecord {
    pub org: Uuid,
    pub account: Uuid,
    pub order: String,
    pub day: NaiveDate,
    pub item: String,
    pub status: RecordStatus,
    pub sale: i64,
    pub fees: Option<i64>,
    pub price: Option<i64>,
    pub tax: Option<i64>,
    pub shipping: Option<i64>,
    pub label: Option<i64>,
    pub amazon_order: Option<String>,
    pub created_at: DateTime<Utc>,
    pub updated_at: DateTime<Utc>,
    pub deleted_at: Option<DateTime<Utc>>,
    pub remarks: Option<(Option<&'static str>, Option<&'static str>)>,
}

impl NewRecord {
    pub fn new(app: &App, org: Uuid, account: Uuid, order: impl Into<String>) -> Self {
        Self {
            org,
            account,
            order: order.into(),
            day: NaiveDate::from_ymd_opt(2026, 11, 1).unwrap(),
            item: "Garden hose, 30 m".to_owned(),
            status: RecordStatus::Successful,
            sale: 2_000,
            fees: Some(260),
            price: Some(1_000),
            tax: Some(80),
            shipping: None,
            label: None,
            amazon_order: Some("113-0000000-0000000".to_owned()),
            created_at: app.clock.now(),
            updated_at: app.clock.now(),
            deleted_at: None,
            remarks: None,
        }
    }
}

/// Stores records; their ids, in order.
pub async fn records(app: &App, new: Vec<NewRecord>) -> Vec<Uuid> {
    let (mut rows, mut remarks, mut ids) = (Vec::new(), Vec::new(), Vec::new());
    for new in new {
        let id = Uuid::now_v7();
        ids.push(id);
        if let Some((order, service)) = new.remarks {
            remarks.push(record_remark::ActiveModel {
                record_id: Set(id),
                org_id: Set(new.org),
                order_remark: Set(order.map(str::to_owned)),
                service_remark: Set(service.map(str::to_owned)),
            });
        }
        rows.push(record::ActiveModel {
            id: Set(id),
            org_id: Set(new.org),
            account_id: Set(new.account),
            ebay_order_id: Set(new.order),
            sale_date: Set(new.day),
            item_name_folded: Set(text::normalize(&new.item)),
            item_name: Set(new.item),
            qty: Set(1),
            sale_price_cents: Set(new.sale),
            ebay_fees_cents: Set(new.fees),
            amazon_price_cents: Set(new.price),
            amazon_tax_cents: Set(new.tax),
            amazon_shipping_cents: Set(new.shipping),
            amazon_order_id: Set(new.amazon_order),
            status: Set(new.status),
            return_label_cost_cents: Set(new.label),
            version: Set(1),
            created_at: Set(new.created_at),
            updated_at: Set(new.updated_at),
            deleted_at: Set(new.deleted_at),
            ..Default::default()
        });
    }
    insert::<record::Entity>(app, rows).await;
    insert::<record_remark::Entity>(app, remarks).await;
    ids
}

/// A seller; set what the test is about.
#[derive(Clone, Debug)]
pub struct NewSeller {
    pub org: Uuid,
    pub name: String,
    pub platform_id: Option<String>,
    pub feedback: Option<(f64, i32)>,
    pub times_seen: i32,
    pub flagged: bool,
    pub created_at: DateTime<Utc>,
    pub deleted_at: Option<DateTime<Utc>>,
}

impl NewSeller {
    pub fn new(app: &App, org: Uuid, name: impl Into<String>) -> Self {
        Self {
            org,
            name: name.into(),
            platform_id: None,
            feedback: Some((98.6, 1_234)),
            times_seen: 1,
            flagged: false,
            created_at: app.clock.now(),
            deleted_at: None,
        }
    }
}

/// Stores sellers; their ids, in order.
pub async fn sellers(app: &App, new: Vec<NewSeller>) -> Vec<Uuid> {
    let (mut rows, mut ids) = (Vec::new(), Vec::new());
    for new in new {
        let id = Uuid::now_v7();
        ids.push(id);
        let normalized = text::normalize(&new.name);
        rows.push(seller::ActiveModel {
            id: Set(id),
            org_id: Set(new.org),
            name_hash: Set(Sha256::digest(normalized.as_bytes()).to_vec()),
            normalized_name: Set(normalized),
            display_name: Set(new.name),
            platform: Set(seller::Platform::Ebay),
            platform_id: Set(new.platform_id),
            feedback_percent: Set(new.feedback.map(|feedback| feedback.0)),
            feedback_count: Set(new.feedback.map(|feedback| feedback.1)),
            times_seen: Set(new.times_seen),
            flagged: Set(new.flagged),
            created_at: Set(new.created_at),
            updated_at: Set(new.created_at),
            deleted_at: Set(new.deleted_at),
            ..Default::default()
        });
    }
    insert::<seller::Entity>(app, rows).await;
    ids
}

/// A run that has ended, and nothing of what belongs to one; its id.
pub async fn bare_run(app: &App, org: Uuid) -> Uuid {
    let now = app.clock.now();
    let row = collection_run::ActiveModel {
        id: Set(Uuid::now_v7()),
        org_id: Set(org),
        name: Set("A run".to_owned()),
        status: Set(CollectionRunStatus::Completed),
        reason: Set(Some("DONE".to_owned())),
        category_ids: Set("[]".to_owned()),
        search: Set("{}".to_owned()),
        best_sellers_provider: Set("CATALOGUE".to_owned()),
        listings_provider: Set("CATALOGUE".to_owned()),
        prices: Set("{}".to_owned()),
        workers: Set(5),
        departments_total: Set(0),
        categories_total: Set(0),
        created_at: Set(now),
        updated_at: Set(now),
        started_at: Set(Some(now)),
        completed_at: Set(Some(now)),
        ..Default::default()
    };
    insert::<collection_run::Entity>(app, vec![row.clone()]).await;
    row.id.unwrap()
}

/// Lets a run have seen sellers, the latest run so far: each with whether the run added it.
pub async fn seen_in_run(app: &App, org: Uuid, run: Uuid, sellers: Vec<(Uuid, bool)>) {
    use sea_orm::{ColumnTrait, QueryFilter};
    let row = |(seller, is_new): (Uuid, bool)| run_seller::ActiveModel {
        run_id: Set(run),
        seller_id: Set(seller),
        org_id: Set(org),
        is_new: Set(is_new),
        seen_at: Set(app.clock.now()),
    };
    insert::<run_seller::Entity>(app, sellers.iter().copied().map(row).collect()).await;
    let changed = |is_new: bool| {
        let ids: Vec<Uuid> = sellers.iter().filter(|seller| seller.1 == is_new).map(|seller| seller.0).collect();
        let mut change = seller::ActiveModel { last_seen_run_id: Set(Some(run)), ..Default::default() };
        if is_new {
            change.first_seen_run_id = Set(Some(run));
            change.source_product = Set(Some("=Garden hose, 30 m".to_owned()));
        }
        seller::Entity::update_many().set(change).filter(seller::Column::Id.is_in(ids))
    };
    let changes = [changed(true), changed(false)];
    app.db
        .write(move |tx| {
            Box::pin(async move {
                for change in changes {
                    change.exec(tx).await.unwrap();
                }
                Ok(())
            })
        })
        .await
        .unwrap();
}

/// A product of a run by which sellers were seen: each with the id of the listing.
pub async fn sightings(app: &App, org: Uuid, run: Uuid, product: &str, sellers: Vec<(Uuid, String)>) {
    let (id, now) = (Uuid::now_v7(), app.clock.now());
    let item = collection_item::ActiveModel {
        id: Set(id),
        org_id: Set(org),
        run_id: Set(run),
        kind: Set(ItemKind::Product),
        category_id: Set("1".to_owned()),
        product_key: Set(Some(format!("asin {id}"))),
        title: Set(Some(product.to_owned())),
        position: Set(1),
        state: Set(ItemState::Done),
        created_at: Set(now),
        finished_at: Set(Some(now)),
        ..Default::default()
    };
    insert::<collection_item::Entity>(app, vec![item]).await;
    let row = |(seller, listing): (Uuid, String)| sighting::ActiveModel {
        item_id: Set(id),
        title: Set(format!("{product}, listing {listing}")),
        url: Set(Some(format!("https://listings.example/{listing}"))),
        listing_id: Set(listing),
        org_id: Set(org),
        run_id: Set(run),
        seller_id: Set(seller),
        price_cents: Set(1_999),
        currency: Set("USD".to_owned()),
        rung: Set(Some("BRAND_MODEL".to_owned())),
    };
    insert::<sighting::Entity>(app, sellers.into_iter().map(row).collect()).await;
}

/// A name that a seller was seen under.
pub async fn name(app: &App, seller: Uuid, name: &str, first_seen_at: DateTime<Utc>) {
    let row = seller_name::ActiveModel {
        seller_id: Set(seller),
        name_hash: Set(Sha256::digest(text::normalize(name).as_bytes()).to_vec()),
        display_name: Set(name.to_owned()),
        first_seen_at: Set(first_seen_at),
    };
    insert::<seller_name::Entity>(app, vec![row]).await;
}
