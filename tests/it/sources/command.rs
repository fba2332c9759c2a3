//! `sellerbook sources check`, as its user sees it; and what a configuration must have.

use std::process::{Command, Output};

use sellerbook::config::{ListingsSource, Secret};

use super::*;
use crate::marketplace::Endpoint;

async fn check(environment: Vec<(&'static str, String)>) -> (Option<i32>, String, String) {
    let folder = tempfile::tempdir().unwrap();
    let mut command = Command::new(env!("CARGO_BIN_EXE_sellerbook"));
    command.args(["sources", "check"]).env_clear().envs(environment).current_dir(folder.path());
    let ended = tokio::task::spawn_blocking(move || command.output()).await.unwrap();
    let Output { status, stdout, stderr } = ended.unwrap();
    let text = |bytes: Vec<u8>| String::from_utf8(bytes).unwrap();
    (status.code(), text(stdout), text(stderr))
}

#[tokio::test(flavor = "multi_thread")]
async fn sources_that_work_are_said_to() {
    let (code, said, _) = check(Vec::new()).await;
    assert_eq!(code, Some(0));
    assert_eq!(
        said,
        "categories    75 in 15 departments\n\
         best sellers  catalogue   ok, inside the product\n\
         listings      catalogue   ok, inside the product\n"
    );
    let market = Marketplace::open(Goods::default()).await;
    for provider in ["rainforest", "oxylabs"] {
        let mut environment = market.environment();
        environment.push(("SELLERBOOK_BEST_SELLERS", provider.to_owned()));
        let (code, said, beside) = check(environment).await;
        assert_eq!(code, Some(0), "{said}{beside}");
        assert!(said.contains(&format!("best sellers  {provider:<10}  ok\nlistings      ebay        ok\n")), "{said}");
    }
    // Nothing that is billed, but a query that asks for nothing.
    assert!(market.bought().is_empty());
    assert_eq!(market.calls(Endpoint::Search), 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_source_that_does_not_work_ends_with_1() {
    let market = Marketplace::open(Goods::default()).await;
    let mut environment = market.environment();
    environment.push(("SELLERBOOK_EBAY_CLIENT_SECRET", "wrong-s3cret".to_owned()));
    let (code, said, beside) = check(environment).await;
    assert_eq!(code, Some(1));
    assert!(said.contains("best sellers  rainforest  ok\n"), "{said}");
    assert!(said.contains("listings      ebay        UNAUTHORIZED: eBay answered 401"), "{said}");
    assert!(beside.contains("error: a source does not answer as configured"), "{beside}");
    assert!(!said.contains("wrong-s3cret") && !beside.contains("wrong-s3cret"));
}

#[test]
fn a_provider_without_its_credentials_is_refused_naming_the_keys() {
    let refused = |config: Config| {
        let error = Sources::from_config(&config).unwrap_err();
        assert_eq!(error.code(), "CONFIG");
        error.to_string()
    };
    let oxylabs = Config { best_sellers: BestSellersSource::Oxylabs, ..Config::default() };
    assert_eq!(refused(oxylabs.clone()), "`best_sellers = oxylabs` needs `oxylabs_username` and `oxylabs_password`");
    let half = Config { oxylabs_username: Some(Secret::new("u")), oxylabs_password: Some(Secret::new(" ")), ..oxylabs };
    assert_eq!(refused(half), "`best_sellers = oxylabs` needs `oxylabs_password`");
    let rainforest = Config { best_sellers: BestSellersSource::Rainforest, ..Config::default() };
    assert_eq!(refused(rainforest), "`best_sellers = rainforest` needs `rainforest_api_key`");
    let ebay = Config { listings: ListingsSource::Ebay, ..Config::default() };
    assert_eq!(refused(ebay), "`listings = ebay` needs `ebay_client_id` and `ebay_client_secret`");
}
