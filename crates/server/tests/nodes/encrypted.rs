//! What is said to PostgreSQL is encrypted when the address says so, and only said to a server that can show who it is.

use super::{
    cluster::Cluster,
    common::{database::by_itself, http::get, konektor},
    site::Site,
};
use std::{
    fs,
    net::TcpListener,
    os::unix::fs::PermissionsExt,
    path::{Path, PathBuf},
    process::Command,
};

/// An authority, and a certificate of it for `localhost`.
struct Authority {
    directory: tempfile::TempDir,
}

impl Authority {
    fn new() -> Self {
        let authority = Self {
            directory: tempfile::tempdir().expect("a directory"),
        };
        authority.openssl(
            "req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -keyout ca.key -out ca.crt -days 2 -subj /CN=Tests",
        );
        authority
    }

    fn certificate(&self) -> PathBuf {
        self.directory.path().join("ca.crt")
    }

    /// Puts the server's key and certificate into its data directory.
    fn issue(&self, data: &Path) {
        self.openssl(
            "req -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -keyout server.key -out server.csr -subj /CN=localhost",
        );
        let names = self.directory.path().join("names");
        fs::write(names, "subjectAltName=DNS:localhost\nbasicConstraints=CA:FALSE\n").expect("room for it");
        self.openssl(
            "x509 -req -in server.csr -CA ca.crt -CAkey ca.key -CAcreateserial -days 2 -extfile names -out server.crt",
        );
        for file in ["server.key", "server.crt"] {
            fs::copy(self.directory.path().join(file), data.join(file)).expect("it was made");
            fs::set_permissions(data.join(file), fs::Permissions::from_mode(0o600)).expect("it is ours");
        }
    }

    fn openssl(&self, arguments: &str) {
        let mut command = Command::new("openssl");
        let done = command
            .args(arguments.split(' '))
            .current_dir(self.directory.path())
            .output();
        let done = done.expect("openssl is installed");
        assert!(done.status.success(), "{arguments}: {done:?}");
    }
}

fn free_port() -> u16 {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
    listener.local_addr().expect("it has one").port()
}

#[test]
fn a_server_that_shows_who_it_is_gets_everything_encrypted_and_any_other_nothing() {
    let (authority, port) = (Authority::new(), free_port());
    let Some(cluster) = Cluster::encrypted(port, |data| authority.issue(data)) else {
        return;
    };
    let url = |host: &str, roots: &Path| {
        format!(
            "postgres://konektor@{host}:{port}/postgres?sslmode=require&sslrootcert={}",
            roots.display()
        )
    };
    let site = Site::open_at(url("localhost", &authority.certificate()), 1);
    let answer = site.nodes[0].ask(&get("/wa/promo?gclid=G1"));
    assert_eq!(answer.status, 302);
    let on_socket = cluster.url("postgres");
    let unencrypted = by_itself(&on_socket, async |client| {
        let sql = "SELECT count(*) FROM pg_stat_ssl JOIN pg_stat_activity USING (pid)
                   WHERE application_name = 'konektor' AND NOT ssl";
        client.query_one(sql, &[]).await
    });
    assert_eq!(unencrypted.get::<_, i64>(0), 0);
    let encrypted = by_itself(&on_socket, async |client| {
        let sql = "SELECT count(*) FROM pg_stat_ssl JOIN pg_stat_activity USING (pid)
                   WHERE application_name = 'konektor' AND ssl";
        client.query_one(sql, &[]).await
    });
    assert!(encrypted.get::<_, i64>(0) >= 2, "the recorder's and the session's");

    // Another authority's certificate, and the right one for another name.
    for url in [
        url("localhost", &Authority::new().certificate()),
        url("127.0.0.1", &authority.certificate()),
    ] {
        let directory = tempfile::tempdir().expect("a directory");
        let refused = konektor(directory.path())
            .env("KONEKTOR_DATABASE", url)
            .args(["workspace", "add", "--name", "Toko"])
            .output()
            .expect("it can be started");
        assert_eq!(refused.status.code(), Some(1), "{refused:?}");
        let said = String::from_utf8_lossy(&refused.stderr);
        assert!(said.contains("certificate"), "{said}");
    }
}
