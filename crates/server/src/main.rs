//! The binary `konektor`.

fn main() -> std::process::ExitCode {
    konektor::cli::main()
}
