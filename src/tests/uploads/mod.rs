//! A file comes in: looked at first, stored when somebody says so, taken back if they think
//! better of it.

mod decisions;
mod export;
mod history;
mod hostile;
mod interrupted;
mod planned;
mod torture;

use super::portal::{Answer, Browser, Department, TestPortal};

/// The places of the files in `upload_torture`, as the department has reported for them before.
pub const PLACES: [&str; 5] = ["4831", "4832", "4833", "4834", "4835"];

/// A department that has reported for [`PLACES`], up to the Sunday before the weeks of the files.
pub async fn reporting<'a>(portal: &'a TestPortal, id: &str) -> Department<'a> {
    let department = portal.onboard(id).await;
    for place in PLACES {
        department.reports(place, "2021-05-01", &[300; 58]).await;
    }
    department
}

/// Uploads a file, and opens the page that follows.
pub async fn upload(browser: &mut Browser, name: &str, bytes: &[u8]) -> (String, Answer) {
    let sent = browser.upload("/data/uploads", &[], name, bytes).await;
    assert_eq!(sent.status, 303, "{}", sent.text);
    let to = sent.location().to_owned();
    let page = finished(browser, &to).await;
    (to, page)
}

/// The page of an upload once nothing is being done with it.
pub async fn finished(browser: &mut Browser, path: &str) -> Answer {
    for _ in 0..600 {
        let page = browser.get(path).await;
        assert_eq!(page.status, 200, "{}", page.text);
        if !page.text.contains("<progress") {
            return page;
        }
        tokio::time::sleep(std::time::Duration::from_millis(50)).await;
    }
    panic!("the work on {path} does not end");
}
