//! Files as an exit.

use engine::files::Reading;
use schema::FieldType;
use schema::catalogue::Access;

use super::Watch;
use super::exits::{Said, refusal};
use super::plant::Planted;

/// Opens and lists the files of a record.
pub async fn through(watch: &Watch<'_>, planted: &Planted, said: &mut Said) {
    let catalogue = watch.engine().catalogue();
    let object = catalogue.at(planted.ix).unwrap();
    for (slot, field) in object.slots() {
        if !matches!(field.kind, FieldType::File { .. }) {
            continue;
        }
        let name = field.name.as_str();
        let (actor, object, id) = (&watch.actor, planted.object.as_str(), planted.id);
        let sees = watch.sees(planted, slot, Some(planted.place)) >= Access::Read;
        match watch.engine().file_versions(actor, object, id, name).await {
            Ok(_) if !sees => said.1.push(format!("the files of {object}.{name} were listed")),
            Ok(told) => said.0.extend(told.versions.into_iter().map(|version| version.name)),
            Err(error) => said.0.push(refusal(&error)),
        }
        let opened = watch.engine().open_file(actor, object, id, (name, Reading::default()));
        match opened.await {
            Ok(_) if !sees => {
                said.1.push(format!("the file in {}.{name} was opened", planted.object));
            }
            Ok((file, _)) => said.0.push(file.name),
            Err(error) => said.0.push(refusal(&error)),
        }
    }
}
