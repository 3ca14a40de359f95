//! What the pages are said by in a visitor's language: a file for each beside the Worker, `catalogue-de.tsv`, read once in
//! the life of an isolate.

use noanswer_core::letters::Language;
use noanswer_site::pages::language::{Texts, Voice, tag};
use std::cell::RefCell;
use worker::Env;

thread_local! {
    static READ: RefCell<Vec<(Language, &'static Texts)>> = const { RefCell::new(Vec::new()) };
}

/// How pages are said in `language`; nothing for English, nor where the file cannot be read: the pages are English then.
pub(crate) async fn of(env: &Env, language: Language) -> Option<Voice> {
    if language == Language::En {
        return None;
    }
    let read =
        || READ.with_borrow(|all| all.iter().find(|(one, _)| *one == language).map(|(_, texts)| *texts));
    let texts = match read() {
        Some(texts) => texts,
        None => {
            let rows =
                rows(env, language).await.inspect_err(|error| worker::console_error!("{error}")).ok()?;
            // Another request may have read it meanwhile.
            read().unwrap_or_else(|| {
                let texts: &'static Texts = Box::leak(Box::new(Texts::of(rows.leak())));
                READ.with_borrow_mut(|all| all.push((language, texts)));
                texts
            })
        }
    };
    Some(Voice::by(language, texts))
}

async fn rows(env: &Env, language: Language) -> worker::Result<String> {
    // Assets are found by the path alone.
    let url = format!("https://assets.invalid/catalogue-{}.tsv", tag(language));
    let mut asset = env.assets("ASSETS")?.fetch(url, None).await?;
    match asset.status_code() {
        200 => asset.text().await,
        status => Err(worker::Error::RustError(format!("the catalogue of texts: {status}"))),
    }
}
