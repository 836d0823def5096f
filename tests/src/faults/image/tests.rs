use std::path::PathBuf;

use rand::Rng;
use tempfile::TempDir;

use super::*;
use crate::seed;

/// A folder with one empty file, and the image of it.
struct World {
    _folder: TempDir,
    image: Image,
    root: u64,
    file: u64,
}

fn world() -> World {
    let folder = tempfile::tempdir().unwrap();
    let path: PathBuf = folder.path().join("db");
    fs::write(&path, "").unwrap();
    World {
        image: Image::of(folder.path()).unwrap(),
        root: fs::metadata(folder.path()).unwrap().ino(),
        file: fs::metadata(&path).unwrap().ino(),
        _folder: folder,
    }
}

impl World {
    fn write(&mut self, offset: u64, bytes: &[u8]) {
        let bytes = bytes.to_vec();
        self.apply(Record::Wrote {
            file: self.file,
            offset,
            bytes,
        });
    }

    fn begin(&mut self, file: u64, token: u64) {
        self.apply(Record::SyncBegan { file, token });
    }

    fn end(&mut self, token: u64) {
        self.apply(Record::SyncEnded { token });
    }

    fn apply(&mut self, record: Record) {
        self.image.apply(&[record]).unwrap();
    }

    fn cut(&self, early_percent: u32) -> Tree {
        self.image.clone().cut(early_percent, &mut seed::random(1))
    }

    fn db(&self, early_percent: u32) -> Vec<u8> {
        self.cut(early_percent)["db"].clone().unwrap()
    }
}

#[test]
fn what_is_written_while_a_sync_goes_on_is_not_covered_by_it() {
    let mut world = world();
    world.write(0, b"before");
    world.begin(world.file, 1);
    world.write(0, b"during");
    assert_eq!(
        world.db(0),
        b"",
        "a sync that has not ended makes nothing durable"
    );
    world.end(1);
    assert_eq!(world.db(0), b"before");
    assert_eq!(world.db(100), b"during");
}

#[test]
fn a_sync_that_began_earlier_and_ends_later_takes_nothing_back() {
    let mut world = world();
    world.write(0, b"first");
    world.begin(world.file, 1);
    world.write(0, b"second");
    world.begin(world.file, 2);
    world.end(2);
    assert_eq!(world.db(0), b"second");
    world.end(1);
    assert_eq!(world.db(0), b"second");
}

#[test]
fn names_come_and_go_in_order_and_with_their_folder_alone() {
    let mut world = world();
    let (folder, file) = (world.root, 4711);
    let made = |name: &str| Record::Made {
        folder,
        file,
        name: name.to_owned(),
        is_folder: false,
    };
    world.apply(made(".new"));
    world.begin(file, 1);
    world.end(1);
    assert!(
        !world.cut(0).contains_key(".new"),
        "its name was not made durable"
    );
    let names = [".new".to_owned(), "FORMAT".to_owned()];
    world.apply(Record::Renamed {
        folders: [folder, folder],
        names,
    });
    for seed in 0..100 {
        let tree = world.image.clone().cut(50, &mut seed::random(seed));
        let both = tree.contains_key(".new") && tree.contains_key("FORMAT");
        assert!(!both, "a rename leaves one name, SEED={seed}");
    }
    world.begin(folder, 2);
    // The number of an inode comes back, and the content of its first file does not.
    world.apply(Record::Removed {
        folder,
        name: "FORMAT".to_owned(),
    });
    world.apply(made("other"));
    world.end(2);
    assert_eq!(
        world.cut(0).keys().collect::<Vec<_>>(),
        ["", "FORMAT", "db"]
    );
}

#[test]
fn pages_that_were_written_early_make_the_file_longer_with_zeros_between() {
    let mut world = world();
    world.write(0, &[1; 3 * PAGE_BYTES + 7]);
    let lengths: std::collections::BTreeSet<usize> = (0..200)
        .map(|seed| {
            let tree = world.image.clone().cut(30, &mut seed::random(seed));
            let bytes = tree["db"].clone().unwrap();
            for page in bytes.chunks(PAGE_BYTES) {
                assert!(
                    page.iter().all(|byte| *byte == page[0]),
                    "a page is whole or zero"
                );
            }
            bytes.len()
        })
        .collect();
    let possible = [
        0,
        PAGE_BYTES,
        2 * PAGE_BYTES,
        3 * PAGE_BYTES,
        3 * PAGE_BYTES + 7,
    ];
    assert_eq!(lengths.into_iter().collect::<Vec<_>>(), possible);
}

#[test]
fn a_length_that_was_not_synced_is_the_old_one() {
    let mut world = world();
    world.write(0, &[1; 5000]);
    world.begin(world.file, 1);
    world.end(1);
    world.apply(Record::Truncated {
        file: world.file,
        length: 10,
    });
    assert_eq!(world.db(0), [1; 5000]);
    world.write(4999, &[2]);
    world.begin(world.file, 2);
    world.end(2);
    let mut expected = vec![0; 5000];
    expected[..10].fill(1);
    expected[4999] = 2;
    assert_eq!(world.db(0), expected);
}

/// Whatever is done in whatever order: without a sync nothing stays, and after one everything does.
#[test]
fn what_was_synced_stays_and_nothing_else() {
    let seed = seed::seed("image");
    let mut random = seed::random(seed);
    for round in 0..200 {
        let mut world = world();
        for _ in 0..random.random_range(1..40) {
            if random.random_range(0..4) == 0 {
                let length = random.random_range(0..20_000);
                world.apply(Record::Truncated {
                    file: world.file,
                    length,
                });
            } else {
                let length = random.random_range(0..9_000);
                world.write(
                    random.random_range(0..20_000),
                    &vec![random.random(); length],
                );
            }
        }
        assert_eq!(world.db(0), b"", "SEED={seed}, round {round}");
        let synced = world.image.now();
        world.begin(world.file, 1);
        world.end(1);
        world.write(random.random_range(0..20_000), b"later");
        assert_eq!(world.cut(0), synced, "SEED={seed}, round {round}");
    }
}
