//! How often a program may ask.

use std::num::NonZeroU32;

use crate::{Config, tests::portal::TestPortal};

const PATH: &str = "/api/v1/observations";

#[tokio::test]
async fn a_key_and_its_tokens_share_an_allowance() {
    let portal = TestPortal::start_with(|config| Config {
        api_rate: NonZeroU32::new(3).expect("not zero"),
        ..config
    })
    .await;
    let (alder, birch) = (portal.onboard("alder").await, portal.onboard("birch").await);
    let mut program = portal.browser();
    let given = program
        .call("POST", "/api/v1/token", Some(&alder.key), &[])
        .await;
    assert_eq!(given.header("ratelimit-policy"), "\"key\";q=3;w=60");
    assert_eq!(given.header("ratelimit"), "\"key\";r=2;t=20");
    let token = given.json()["access_token"]
        .as_str()
        .expect("a token")
        .to_owned();
    let by_token = program.get_with_key(PATH, &token).await;
    assert_eq!(by_token.header("ratelimit"), "\"key\";r=1;t=40");
    assert_eq!(
        program
            .get_with_key("/data/daily.csv", &alder.key)
            .await
            .status,
        200
    );
    let refused = program.get_with_key(PATH, &alder.key).await;
    refused.problem(429);
    assert_eq!(refused.header("ratelimit"), "\"key\";r=0;t=60");
    let wait: u64 = refused.header("retry-after").parse().expect("seconds");
    assert!((1..=20).contains(&wait), "{wait}");
    let refused = program.get_with_key("/data/daily.csv", &token).await;
    assert_eq!(refused.status, 429);
    assert!(!refused.header("retry-after").is_empty());
    assert_eq!(program.get_with_key(PATH, &birch.key).await.status, 200);
}

#[tokio::test]
async fn made_up_keys_run_dry_and_good_ones_do_not() {
    let portal = TestPortal::start().await;
    let alder = portal.onboard("alder").await;
    let mut program = portal.browser();
    assert_eq!(program.get_with_key(PATH, &alder.key).await.status, 200);
    let mut refused = 0;
    for _ in 0..300 {
        let made_up = crate::access::ApiKey::generate().expect("a key").reveal();
        match program.get_with_key(PATH, &made_up).await.status.as_u16() {
            429 => refused += 1,
            status => assert_eq!(status, 401),
        }
    }
    assert!(refused > 0, "300 look-ups of keys that are none");
    assert_eq!(program.get_with_key(PATH, &alder.key).await.status, 200);
}
