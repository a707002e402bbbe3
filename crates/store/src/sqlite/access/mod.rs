//! Who may enter: users and their workspaces in [`people`], browsers that are signed in in [`sessions`], programs in [`keys`],
//! and what they changed in [`audit`].

mod audit;
mod keys;
mod people;
mod sessions;
mod store;
