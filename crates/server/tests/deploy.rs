//! The files in `deploy/`, as far as they can be held to something without the machines that they are for: settings that
//! exist, ports and paths that Konektor answers, and what the tools say that read them, where those are installed.

use std::{
    collections::BTreeSet,
    fs,
    path::{Path, PathBuf},
    process::{Command, Output},
};
use yaml_rust2::{Yaml, YamlLoader};

/// A file of the repository.
fn file(path: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..").join(path)
}

fn text(path: &str) -> String {
    fs::read_to_string(file(path)).unwrap_or_else(|error| panic!("{path}: {error}"))
}

/// The documents of a YAML file.
fn yaml(path: &str) -> Vec<Yaml> {
    YamlLoader::load_from_str(&text(path)).unwrap_or_else(|error| panic!("{path}: {error}"))
}

fn files_in(directory: &str) -> Vec<String> {
    let mut files = Vec::new();
    for entry in fs::read_dir(file(directory)).expect("it is there") {
        let entry = entry.expect("it can be read");
        let path = format!("{directory}/{}", entry.file_name().to_string_lossy());
        match entry.file_type().expect("it has one").is_dir() {
            true => files.extend(files_in(&path)),
            false => files.push(path),
        }
    }
    files
}

/// The settings that the binary knows, by their names in the environment.
fn settings() -> BTreeSet<String> {
    let defaults = text("konektor.default.toml");
    let names = defaults.lines().filter_map(|line| line.split_once(" = "));
    names
        .filter(|(name, _)| name.bytes().all(|b| b.is_ascii_lowercase() || b == b'_'))
        .map(|(name, _)| format!("KONEKTOR_{}", name.to_uppercase()))
        .collect()
}

/// Runs a tool that reads a file, if it is installed.
fn tool(name: &str, arguments: &[&str], set_up: impl FnOnce(&mut Command)) -> Option<Output> {
    // Debian keeps servers where an ordinary user's PATH does not look.
    let path = format!("{}:/usr/sbin:/sbin", std::env::var("PATH").unwrap_or_default());
    let mut command = Command::new("env");
    command.arg(name).args(arguments).env("PATH", path);
    set_up(&mut command);
    let output = command.output().expect("env is everywhere");
    if output.status.code() == Some(127) {
        eprintln!("{name} is not installed: its file is not checked");
        return None;
    }
    Some(output)
}

fn said(output: &Output) -> String {
    let (out, err) = (&output.stdout, &output.stderr);
    format!("{}{}", String::from_utf8_lossy(out), String::from_utf8_lossy(err))
}

#[test]
fn each_setting_that_a_file_or_a_page_names_exists() {
    let known = settings();
    assert!(
        known.contains("KONEKTOR_METRICS_LISTEN") && known.len() > 20,
        "{known:?}"
    );
    let mut named = 0;
    let pages = ["docs/deploy.md", "docs/scaling.md", "README.md"].map(str::to_owned);
    for path in files_in("deploy").into_iter().chain(pages) {
        let text = text(&path);
        for (at, _) in text.match_indices("KONEKTOR_") {
            let name: String = text[at..]
                .chars()
                .take_while(|c| c.is_ascii_uppercase() || c.is_ascii_digit() || *c == '_')
                .collect();
            assert!(known.contains(&name), "{path} names {name}");
            named += 1;
        }
    }
    assert!(named > 10, "{named}");
    for line in text("deploy/systemd/konektor.toml").lines() {
        let line = line.trim_start_matches("# ");
        if let Some((name, _)) = line.split_once(" = ") {
            assert!(known.contains(&format!("KONEKTOR_{}", name.to_uppercase())), "{line}");
        }
    }
}

#[test]
fn the_image_is_made_of_files_that_are_there_and_runs_as_an_ordinary_user() {
    let (dockerfile, ignored) = (text("deploy/Dockerfile"), text(".dockerignore"));
    let ignored: Vec<_> = ignored
        .lines()
        .filter(|line| !line.starts_with('#') && !line.is_empty())
        .collect();
    let mut copied = 0;
    for line in dockerfile.lines().filter_map(|line| line.strip_prefix("COPY ")) {
        if line.starts_with("--from=") {
            continue;
        }
        let words: Vec<_> = line.split_whitespace().collect();
        for source in &words[..words.len() - 1] {
            assert!(file(source).exists(), "{source}");
            let top = source.split('/').next().expect("it has a first part");
            assert!(
                !ignored.contains(source) && !ignored.contains(&top),
                "{source} is ignored"
            );
            copied += 1;
        }
    }
    assert!(copied > 8, "{copied}");
    let toolchain = text("Cargo.toml");
    let toolchain = toolchain
        .lines()
        .find_map(|line| line.strip_prefix("rust-version = "))
        .expect("it is said");
    let image = format!("FROM rust:{}-bookworm AS build", toolchain.trim_matches('"'));
    assert!(dockerfile.contains(&image), "{image}");
    let last = dockerfile.rsplit("\nFROM ").next().expect("there is one");
    assert!(last.contains("\nUSER 65532:65532\n"));
    assert!(last.contains(r#"CMD ["/usr/local/bin/konektor", "health"]"#));
    assert!(last.contains("\nVOLUME /var/lib/konektor\n") && last.contains("KONEKTOR_DATA=/var/lib/konektor"));
    // What is compiled in from outside of the crates is copied, too.
    for path in [
        "konektor.default.toml",
        ".cargo",
        "reference-data/node_modules",
        "web/dist",
    ] {
        assert!(dockerfile.contains(path), "{path}");
    }
}

#[test]
fn the_compose_file_has_two_nodes_with_a_spool_each_and_one_proxy_that_they_believe() {
    let compose = &yaml("deploy/compose.yaml")[0];
    let services = &compose["services"];
    let mut volumes = BTreeSet::new();
    for node in ["konektor-1", "konektor-2"] {
        let volume = services[node]["volumes"][0].as_str().expect("a volume");
        let (name, place) = volume.split_once(':').expect("a name and a place");
        assert_eq!(place, "/var/lib/konektor");
        assert!(!compose["volumes"][name].is_badvalue(), "{name} is declared");
        assert!(volumes.insert(name), "each has its own");
        assert!(services[node]["ports"].is_badvalue(), "nothing of a node is public");
    }
    let settings = &compose["x-node"]["environment"];
    let caddy = &services["caddy"];
    let address = caddy["networks"]["inside"]["ipv4_address"]
        .as_str()
        .expect("an address");
    let believed = format!("{address}/32");
    assert_eq!(settings["KONEKTOR_TRUSTED_PROXIES"].as_str(), Some(believed.as_str()));
    let environment = &caddy["environment"];
    let ask = environment["ASK"].as_str().expect("whom to ask");
    assert!(ask.ends_with(":9090/internal/tls-allow"), "{ask}");
    assert_eq!(
        environment["UPSTREAMS"].as_str(),
        Some("konektor-1:8080 konektor-2:8080")
    );
    let grace = compose["x-node"]["stop_grace_period"].as_str();
    assert_eq!(grace, Some("40s"), "longer than an end takes");
}

#[test]
fn the_manifests_probe_what_konektor_answers_and_keep_its_spool() {
    let kustomization = &yaml("deploy/kubernetes/kustomization.yaml")[0];
    let listed: BTreeSet<_> = kustomization["resources"]
        .as_vec()
        .expect("a list")
        .iter()
        .map(|name| name.as_str().expect("a name").to_owned())
        .collect();
    let there: BTreeSet<_> = files_in("deploy/kubernetes")
        .iter()
        .filter_map(|path| path.rsplit('/').next())
        .filter(|name| *name != "kustomization.yaml")
        .map(str::to_owned)
        .collect();
    assert_eq!(listed, there);
    let all: Vec<Yaml> = listed
        .iter()
        .flat_map(|name| yaml(&format!("deploy/kubernetes/{name}")))
        .collect();
    let of_kind = |kind: &str| -> Vec<&Yaml> { all.iter().filter(|one| one["kind"].as_str() == Some(kind)).collect() };

    let [nodes] = of_kind("StatefulSet")[..] else {
        panic!("one StatefulSet")
    };
    let spec = &nodes["spec"];
    assert!(spec["replicas"].as_i64() >= Some(2));
    let pod = &spec["template"]["spec"];
    let container = &pod["containers"][0];
    for (probe, path) in [
        ("startupProbe", "/healthz"),
        ("livenessProbe", "/healthz"),
        ("readinessProbe", "/readyz"),
    ] {
        let asked = &container[probe]["httpGet"];
        assert_eq!(
            (asked["path"].as_str(), asked["port"].as_str()),
            (Some(path), Some("operators"))
        );
    }
    let port = |name: &str| {
        let ports = container["ports"].as_vec().expect("a list");
        let found = ports.iter().find(|port| port["name"].as_str() == Some(name));
        found.expect("it is there")["containerPort"].as_i64()
    };
    assert_eq!((port("http"), port("operators")), (Some(8080), Some(9090)));
    assert_eq!(pod["securityContext"]["runAsNonRoot"].as_bool(), Some(true));
    assert_eq!(
        container["securityContext"]["readOnlyRootFilesystem"].as_bool(),
        Some(true)
    );
    assert!(pod["terminationGracePeriodSeconds"].as_i64() >= Some(40));
    let mounted = &container["volumeMounts"][0];
    assert_eq!(mounted["mountPath"].as_str(), Some("/var/lib/konektor"));
    assert_eq!(mounted["name"], spec["volumeClaimTemplates"][0]["metadata"]["name"]);

    let labels = &spec["template"]["metadata"]["labels"];
    assert_eq!(&spec["selector"]["matchLabels"], labels);
    for budget in of_kind("PodDisruptionBudget") {
        assert_eq!(&budget["spec"]["selector"]["matchLabels"], labels);
    }
    assert_eq!(of_kind("PodDisruptionBudget").len(), 1);
    let services = of_kind("Service");
    for service in &services {
        assert_eq!(&service["spec"]["selector"], labels);
    }
    let public: Vec<_> = services
        .iter()
        .filter(|s| s["spec"]["clusterIP"].is_badvalue())
        .collect();
    let ports: Vec<_> = public
        .iter()
        .flat_map(|service| service["spec"]["ports"].as_vec().expect("a list"))
        .filter_map(|port| port["targetPort"].as_str())
        .collect();
    assert_eq!(ports, ["http"], "operators are not among what an ingress reaches");
    assert!(services.iter().any(|s| s["metadata"]["name"] == spec["serviceName"]));
}

#[test]
fn systemd_understands_the_unit() {
    let directory = tempfile::tempdir().expect("a directory");
    let unit = text("deploy/systemd/konektor.service");
    let binary = "/usr/local/bin/konektor";
    assert!(unit.contains(&format!("ExecStart={binary} serve\n")));
    let here = directory.path().join("konektor.service");
    // The binary that it names is not where it will be; the user neither, which systemd does not look at here.
    fs::write(&here, unit.replace(binary, env!("CARGO_BIN_EXE_konektor"))).expect("it can be written");
    let here = here.to_string_lossy();
    if let Some(output) = tool(
        "systemd-analyze",
        &["verify", "--man=no", "--recursive-errors=no", &here],
        |_| {},
    ) {
        let said = said(&output);
        assert!(output.status.success() && !said.contains("konektor.service:"), "{said}");
    }
}

#[test]
fn caddy_understands_its_file() {
    let path = file("deploy/Caddyfile");
    let path = path.to_string_lossy();
    let home = tempfile::tempdir().expect("a directory");
    let two = "konektor-1:8080 konektor-2:8080";
    for upstreams in [None, Some(two)] {
        let arguments = ["validate", "--adapter", "caddyfile", "--config", &path];
        let checked = tool("caddy", &arguments, |command| {
            command.env("HOME", home.path()).env("XDG_DATA_HOME", home.path());
            if let Some(upstreams) = upstreams {
                command.env("UPSTREAMS", upstreams);
            }
        });
        let Some(output) = checked else { return };
        assert!(output.status.success(), "{}", said(&output));
        let adapted = tool(
            "caddy",
            &["adapt", "--adapter", "caddyfile", "--config", &path],
            |command| {
                command
                    .env("HOME", home.path())
                    .env("UPSTREAMS", upstreams.unwrap_or(""));
            },
        );
        let adapted = said(&adapted.expect("it was there a moment ago"));
        assert!(adapted.contains("/internal/tls-allow"), "{adapted}");
        assert!(upstreams.is_none() || adapted.contains("konektor-2:8080"), "{adapted}");
    }
}

#[test]
fn haproxy_understands_its_file() {
    let certificates = tempfile::tempdir().expect("a directory");
    let (key, chain) = (certificates.path().join("key"), certificates.path().join("chain"));
    let made = tool(
        "openssl",
        &["req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256"],
        |command| {
            command.args(["-nodes", "-days", "1", "-subj", "/CN=go.example.com", "-keyout"]);
            command.arg(&key).arg("-out").arg(&chain);
        },
    );
    if !made.is_some_and(|output| output.status.success()) {
        return eprintln!("openssl made no certificate: haproxy.cfg is not checked");
    }
    let read = |path: &Path| fs::read_to_string(path).expect("it was made");
    let both = format!("{}{}", read(&chain), read(&key));
    let pem = certificates.path().join("go.example.com.pem");
    fs::write(&pem, both).expect("it can be written");
    let path = file("deploy/haproxy.cfg");
    let checked = tool("haproxy", &["-c", "-f", &path.to_string_lossy()], |command| {
        command.env("CERTS", &pem);
    });
    if let Some(output) = checked {
        let said = said(&output);
        assert!(output.status.success() && !said.contains("[WARNING]"), "{said}");
    }
}
