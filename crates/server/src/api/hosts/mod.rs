//! Hosts: the names under which a workspace's links are reached. Such as `wa.brand.com`, pointed at this server.

pub mod create;
pub mod delete;
pub mod list;

use super::page::Page;
use serde::Serialize;
use utoipa::ToSchema;

/// A host name of the workspace.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Host)]
pub struct HostView {
    /// The name, lower-case, without a port.
    #[schema(example = "wa.brand.com")]
    host: String,
}

/// A page of the list.
pub type HostPage = Page<HostView>;
