//! Which preset is meant: one by its id, or by its name whatever its case.

use uuid::Uuid;

use crate::{
    app::App,
    auth::Actor,
    cli::{failure::Failure, shown},
    collection::{self, Preset},
    id::IdKind,
    page::PageRequest,
    text,
};

/// The id of a preset of the organisation.
pub(super) async fn find(app: &App, actor: &Actor, given: &str) -> Result<Uuid, Failure> {
    if let Ok(id) = IdKind::Preset.read(given)
        && !collection::find_presets(app, actor, &[id]).await?.is_empty()
    {
        return Ok(id);
    }
    let (mut names, mut after, name) = (Vec::new(), None, text::normalize(given));
    loop {
        let request = PageRequest { first: Some(100), after: after.take(), ..PageRequest::default() };
        let page = collection::list_presets(app, actor, &request).await?;
        for (cursor, Preset { id, name: known, .. }) in page.rows {
            if text::normalize(&known) == name {
                return Ok(id);
            }
            names.push(shown(&known));
            after = Some(cursor);
        }
        if !page.has_next {
            let (given, names) = (shown(given), names.join("`, `"));
            return Err(Failure::new(format!("there is no preset `{given}`; there are `{names}`")));
        }
    }
}
