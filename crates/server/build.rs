//! Takes the web client and the example pages into the binary; a debug build reads them from disk, to be edited.

fn main() {
    let embed = std::env::var("PROFILE").is_ok_and(|profile| profile == "release");
    memory_serve::load_names_directories([("web", "../../web"), ("examples", "../../examples")], embed);
}
