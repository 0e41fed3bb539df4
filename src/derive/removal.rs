//! What is lost when the files that declare a resource let it go.

use crate::model::fact::Fact;
use crate::model::removal::Removal;
use crate::model::resource::Resource;

/// The facts of it; absent where it loses nothing, and where no file declares it.
pub fn of(resource: &Resource) -> Fact<Removal> {
    resource.removal.as_deref().map_or_else(Fact::absent, Removal::section)
}
