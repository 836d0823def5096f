//! What a power cut leaves of a folder.
//!
//! An [`Image`] is a folder twice: as the process sees it, and as it would be found after a power
//! cut. It is made of the folder before the start, and then fed with what the process did.
//!
//! - What a file holds becomes durable by a sync of that file, as it was when the sync began, with
//!   its length.
//! - A name that came, went or became another becomes durable by a sync of its folder.
//! - Everything else is lost, unless the disk wrote it early: of the 4 KiB pages written since, each
//!   by chance, the file growing as far as such a page reaches; that a file became shorter, by
//!   chance; of the names changed since, in each folder the first few, in order, by chance.

use std::collections::{BTreeMap, HashMap};
use std::fs;
use std::os::unix::fs::{DirBuilderExt, MetadataExt, OpenOptionsExt};
use std::path::Path;

use anyhow::{Context, Result, bail, ensure};
use rand::Rng;
use rand::rngs::StdRng;

mod file;
#[cfg(test)]
mod tests;

pub use file::{PAGE_BYTES, Stored};

use super::record::Record;

/// The content of every file and folder by its path below the root; none for a folder.
pub type Tree = BTreeMap<String, Option<Vec<u8>>>;

/// An inode of the image. Numbers of inodes come back when files are gone; these do not.
type Node = usize;

#[derive(Clone, Debug)]
enum Content {
    File(Stored),
    Folder(Folder),
}

#[derive(Clone, Debug, Default)]
struct Folder {
    now: BTreeMap<String, Node>,
    durable: BTreeMap<String, Node>,
    /// What happened to `now` since it was last made durable.
    since: Vec<Change>,
}

/// A name stands for something else, or for nothing; a rename does both at once.
#[derive(Clone, Debug)]
struct Change(Vec<(String, Option<Node>)>);

impl Folder {
    fn change(&mut self, names: Vec<(String, Option<Node>)>) {
        apply(&mut self.now, &names);
        self.since.push(Change(names));
    }
}

fn apply(names: &mut BTreeMap<String, Node>, change: &[(String, Option<Node>)]) {
    for (name, node) in change {
        match node {
            Some(node) => names.insert(name.clone(), *node),
            None => names.remove(name),
        };
    }
}

/// What a sync that has begun will make durable.
#[derive(Clone, Debug)]
enum Begun {
    File(Node, file::Moment),
    /// So many of the changes.
    Folder(Node, usize),
}

/// A folder as the process sees it, and as a power cut would leave it.
#[derive(Clone, Debug)]
pub struct Image {
    nodes: Vec<Content>,
    /// The node that an inode is now.
    inodes: HashMap<u64, Node>,
    syncs: HashMap<u64, Begun>,
    /// Changes so far: what a later one wrote is newer.
    clock: u64,
}

const ROOT: Node = 0;

impl Image {
    /// A folder before the start, all of it durable.
    ///
    /// # Errors
    /// Where it cannot be read.
    pub fn of(folder: &Path) -> Result<Self> {
        let mut image = Self {
            nodes: Vec::new(),
            inodes: HashMap::new(),
            syncs: HashMap::new(),
            clock: 0,
        };
        image.take(folder)?;
        Ok(image)
    }

    fn take(&mut self, path: &Path) -> Result<Node> {
        let context = || format!("{}", path.display());
        let metadata = fs::symlink_metadata(path).with_context(context)?;
        let content = if metadata.is_dir() {
            Content::Folder(Folder::default())
        } else {
            ensure!(
                metadata.is_file(),
                "{} is neither file nor folder",
                path.display()
            );
            Content::File(Stored::durable(fs::read(path).with_context(context)?))
        };
        let node = self.add(metadata.ino(), content);
        if metadata.is_dir() {
            let mut folder = Folder::default();
            for entry in fs::read_dir(path).with_context(context)? {
                let entry = entry?;
                let child = self.take(&entry.path())?;
                folder.now.insert(name_of(&entry)?, child);
            }
            folder.durable = folder.now.clone();
            self.nodes[node] = Content::Folder(folder);
        }
        Ok(node)
    }

    fn add(&mut self, inode: u64, content: Content) -> Node {
        self.nodes.push(content);
        let node = self.nodes.len() - 1;
        self.inodes.insert(inode, node);
        node
    }

    /// Does what the process did.
    ///
    /// # Errors
    /// Where that cannot be: the log does not belong to this folder, or lacks something.
    pub fn apply(&mut self, records: &[Record]) -> Result<()> {
        for (index, record) in records.iter().enumerate() {
            self.clock += 1;
            self.step(record)
                .with_context(|| format!("record {index}, {record:.200?}"))?;
        }
        Ok(())
    }

    fn step(&mut self, record: &Record) -> Result<()> {
        let clock = self.clock;
        match record {
            Record::Wrote {
                file,
                offset,
                bytes,
            } => {
                let offset = usize::try_from(*offset)?;
                self.file(*file)?.1.write(offset, bytes, clock);
            }
            Record::Truncated { file, length } => {
                let length = usize::try_from(*length)?;
                self.file(*file)?.1.truncate(length, clock);
            }
            Record::SyncBegan { file, token } => {
                let begun = self.begin_sync(*file)?;
                self.syncs.insert(*token, begun);
            }
            Record::SyncEnded { token } => {
                let begun = self.syncs.remove(token).context("it never began")?;
                self.end_sync(begun);
            }
            Record::Made {
                folder,
                file,
                name,
                is_folder,
            } => {
                let content = if *is_folder {
                    Content::Folder(Folder::default())
                } else {
                    Content::File(Stored::default())
                };
                let node = self.add(*file, content);
                self.folder(*folder)?
                    .change(vec![(name.clone(), Some(node))]);
            }
            Record::Removed { folder, name } => {
                let folder = self.folder(*folder)?;
                ensure!(folder.now.contains_key(name), "there is no `{name}`");
                folder.change(vec![(name.clone(), None)]);
            }
            Record::Renamed {
                folders: [from, to],
                names: [old, new],
            } => {
                ensure!(from == to, "a rename into another folder is not modelled");
                let folder = self.folder(*from)?;
                let node = folder.now.get(old).copied();
                let node = node.with_context(|| format!("there is no `{old}`"))?;
                folder.change(vec![(old.clone(), None), (new.clone(), Some(node))]);
            }
        }
        Ok(())
    }

    fn node(&self, inode: u64) -> Result<Node> {
        let known = self.inodes.get(&inode).copied();
        known.with_context(|| format!("inode {inode} is unknown"))
    }

    fn file(&mut self, inode: u64) -> Result<(Node, &mut Stored)> {
        let node = self.node(inode)?;
        match &mut self.nodes[node] {
            Content::File(file) => Ok((node, file)),
            Content::Folder(_) => bail!("inode {inode} is a folder"),
        }
    }

    fn folder(&mut self, inode: u64) -> Result<&mut Folder> {
        let node = self.node(inode)?;
        match &mut self.nodes[node] {
            Content::Folder(folder) => Ok(folder),
            Content::File(_) => bail!("inode {inode} is a file"),
        }
    }

    fn begin_sync(&self, inode: u64) -> Result<Begun> {
        let node = self.node(inode)?;
        Ok(match &self.nodes[node] {
            Content::File(file) => Begun::File(node, file.moment(self.clock)),
            Content::Folder(folder) => Begun::Folder(node, folder.since.len()),
        })
    }

    fn end_sync(&mut self, begun: Begun) {
        match begun {
            Begun::File(node, moment) => {
                if let Content::File(file) = &mut self.nodes[node] {
                    file.make_durable(moment);
                }
            }
            Begun::Folder(node, count) => self.settle(node, count),
        }
    }

    /// Makes the first changes of a folder durable, and lets syncs of it that are under way know.
    fn settle(&mut self, node: Node, count: usize) {
        if let Content::Folder(folder) = &mut self.nodes[node] {
            for Change(names) in folder.since.drain(..count) {
                apply(&mut folder.durable, &names);
            }
        }
        for begun in self.syncs.values_mut() {
            if let Begun::Folder(other, left) = begun
                && *other == node
            {
                *left = left.saturating_sub(count);
            }
        }
    }

    /// Cuts the power: what is found after it. Of what was not made durable, `early_percent` in 100
    /// was written early.
    #[must_use]
    pub fn cut(mut self, early_percent: u32, random: &mut StdRng) -> Tree {
        let mut early = || random.random_range(0..100) < early_percent;
        for node in 0..self.nodes.len() {
            match &mut self.nodes[node] {
                Content::File(file) => file.write_early(&mut early),
                Content::Folder(folder) => {
                    let count = folder.since.iter().take_while(|_| early()).count();
                    self.settle(node, count);
                }
            }
        }
        self.tree(|folder| &folder.durable, |file| file.durable_bytes())
    }

    /// What the process sees.
    #[must_use]
    pub fn now(&self) -> Tree {
        self.tree(|folder| &folder.now, |file| file.now_bytes())
    }

    fn tree<'a>(
        &'a self,
        names: impl Fn(&'a Folder) -> &'a BTreeMap<String, Node>,
        bytes: impl Fn(&'a Stored) -> &'a [u8],
    ) -> Tree {
        let mut tree = Tree::new();
        let mut left = vec![(String::new(), ROOT)];
        while let Some((path, node)) = left.pop() {
            let content = match &self.nodes[node] {
                Content::File(file) => Some(bytes(file).to_vec()),
                Content::Folder(folder) => {
                    let below = |(name, child): (&String, &Node)| {
                        let slash = if path.is_empty() { "" } else { "/" };
                        (format!("{path}{slash}{name}"), *child)
                    };
                    left.extend(names(folder).iter().map(below));
                    None
                }
            };
            tree.insert(path, content);
        }
        tree
    }
}

/// A folder as it is on the disk.
///
/// # Errors
/// Where it cannot be read.
pub fn tree_of(folder: &Path) -> Result<Tree> {
    Ok(Image::of(folder)?.now())
}

/// Puts what a power cut left in the place of a folder.
///
/// # Errors
/// Where it cannot be written.
pub fn replace(folder: &Path, tree: &Tree) -> Result<()> {
    if folder.exists() {
        fs::remove_dir_all(folder)?;
    }
    for (path, content) in tree {
        let path = folder.join(path);
        match content {
            // Folders sort before what is in them.
            None => fs::DirBuilder::new().mode(0o700).create(&path)?,
            Some(bytes) => {
                let mut options = fs::OpenOptions::new();
                let file = options.write(true).create_new(true).mode(0o600).open(&path);
                std::io::Write::write_all(&mut file?, bytes)?;
            }
        }
    }
    Ok(())
}

fn name_of(entry: &fs::DirEntry) -> Result<String> {
    let name = entry.file_name().into_string();
    name.map_err(|name| anyhow::anyhow!("{} is no text", name.display()))
}
