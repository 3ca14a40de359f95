//! `noanswer-VERSION-image-ARCH.tar`: an OCI image as a layout in a tar, which podman, skopeo and docker load. One layer from
//! scratch: the static program, its licences, and the two users there must be. No engine takes part: an image is JSON and a
//! tar (OCI image specification 1.1). `manifest.json` is for dockers that know their own form alone.

use super::assets::{self, packaging};
use super::program::Platform;
use super::release::Release;
use super::tree::Tree;
use super::{archive, sums};
use crate::build::Arch;
use anyhow::Result;
use serde_json::{Value, json};
use std::path::PathBuf;
use time::OffsetDateTime;
use time::format_description::well_known::Rfc3339;

/// Nobody's number, as distroless images have it: never root.
const USER: &str = "65532:65532";

/// Packs one for each processor, and examples of how to run them.
///
/// # Errors
/// When a program does not build, or cannot be packed.
pub fn pack(release: &Release) -> Result<Vec<PathBuf>> {
    let mut made = Vec::new();
    for arch in [Arch::X86_64, Arch::Arm64] {
        made.push(image(release, arch)?);
    }
    for name in ["compose.yaml", "kubernetes.yaml"] {
        let file = release.file(&format!("noanswer-{}-{name}", release.version))?;
        std::fs::write(&file, assets::filled(&format!("oci/{name}"), &[("VERSION", &release.version)])?)?;
        made.push(file);
    }
    Ok(made)
}

fn image(release: &Release, arch: Arch) -> Result<PathBuf> {
    let platform = Platform::Linux(arch);
    let root = Tree::new(&format!("image-root-{}", arch.debian()))?;
    root.copy_program("usr/bin/noanswer", &platform.program(release)?)?;
    root.put(
        "etc/passwd",
        "root:x:0:0:root:/:/sbin/nologin\nnoanswer:x:65532:65532:noanswer:/:/sbin/nologin\n",
    )?;
    root.put("etc/group", "root:x:0:\nnoanswer:x:65532:\n")?;
    for file in ["vantages.toml", "controls.toml"] {
        root.copy(&format!("etc/noanswer/{file}"), &packaging("etc").join(file))?;
    }
    assets::licences(&root, "usr/share/doc/noanswer/", platform)?;
    let plain = archive::tar(release, &root, "")?;
    let layer = archive::gzip(&plain)?;

    let layout = Tree::new(&format!("image-{}", arch.debian()))?;
    let layer_at = blob(&layout, &layer)?;
    let config = serde_json::to_vec(&config(release, arch, &sums::sha256(&plain))?)?;
    let config_at = blob(&layout, &config)?;
    let manifest = serde_json::to_vec(&json!({
        "schemaVersion": 2,
        "mediaType": "application/vnd.oci.image.manifest.v1+json",
        "config": descriptor("application/vnd.oci.image.config.v1+json", &config),
        "layers": [descriptor("application/vnd.oci.image.layer.v1.tar+gzip", &layer)],
    }))?;
    blob(&layout, &manifest)?;
    let name = format!("noanswer:{}", release.version);
    let mut entry = descriptor("application/vnd.oci.image.manifest.v1+json", &manifest);
    entry["platform"] = json!({ "os": "linux", "architecture": arch.debian() });
    entry["annotations"] = json!({
        "org.opencontainers.image.ref.name": release.version,
        "io.containerd.image.name": format!("docker.io/library/{name}"),
    });
    layout.put("index.json", serde_json::to_vec(&json!({ "schemaVersion": 2, "manifests": [entry] }))?)?;
    layout.put("oci-layout", r#"{"imageLayoutVersion":"1.0.0"}"#)?;
    let docker = json!([{ "Config": config_at, "RepoTags": [name], "Layers": [layer_at] }]);
    layout.put("manifest.json", serde_json::to_vec(&docker)?)?;

    let file = release.file(&format!("noanswer-{}-image-{}.tar", release.version, arch.debian()))?;
    std::fs::write(&file, archive::tar(release, &layout, "")?)?;
    Ok(file)
}

fn config(release: &Release, arch: Arch, layer: &str) -> Result<Value> {
    let created = OffsetDateTime::from_unix_timestamp(release.epoch.try_into()?)?.format(&Rfc3339)?;
    Ok(json!({
        "created": created,
        "architecture": arch.debian(),
        "os": "linux",
        "config": {
            "User": USER,
            "Entrypoint": ["/usr/bin/noanswer"],
            // A container's own loopback is nobody's: what is served must be reached from outside.
            "Cmd": ["serve", "--listen", "0.0.0.0:4410"],
            "ExposedPorts": { "4410/tcp": {} },
            "WorkingDir": "/",
            "Labels": {
                "org.opencontainers.image.title": "noanswer",
                "org.opencontainers.image.version": release.version,
                "org.opencontainers.image.revision": release.commit,
                "org.opencontainers.image.licenses": "MIT OR Apache-2.0",
            },
        },
        "rootfs": { "type": "layers", "diff_ids": [format!("sha256:{layer}")] },
        "history": [{ "created": created, "created_by": "cargo xtask dist image" }],
    }))
}

/// Puts a blob, and says where.
fn blob(layout: &Tree, bytes: &[u8]) -> Result<String> {
    let name = format!("blobs/sha256/{}", sums::sha256(bytes));
    layout.put(&name, bytes)?;
    Ok(name)
}

fn descriptor(media_type: &str, bytes: &[u8]) -> Value {
    json!({ "mediaType": media_type, "digest": format!("sha256:{}", sums::sha256(bytes)), "size": bytes.len() })
}
