//! What stored columns mean, whatever database they are stored in: each database reads its rows, and hands on here.

pub(crate) mod changes;
pub(crate) mod leads;
pub(crate) mod persons;
pub(crate) mod rotators;
pub(crate) mod routing;
pub(crate) mod values;
