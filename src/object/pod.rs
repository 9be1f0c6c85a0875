//! The Pod that an object is or will become: one reading for Pods and for every template.
//!
//! The API server fills in some things only when the Pod itself is made; they are read here as if it had been,
//! so that a template gets the verdict of its Pods. Of that kind is the request of a container that only
//! declares a limit: it is the limit (`SetDefaults_Pod`).

use std::ops::Deref;
use std::sync::OnceLock;

use super::At;
use super::environment::{Found, Variable};
use super::image::ImageReference;
use super::kinds::Kind;
use super::lens::{NumberOrText, Quantities, Text, View};
use super::meta::{Object, ObjectMeta};
use super::network::ServicePort;
use super::pod_spec::{Container, ContainerPort, PodSpec, PodTemplate, Probe, ResourceRequirements};
use super::quantity::Quantity;
use super::references::Reference;
use super::security_context::{PodSecurityContext, SecurityContext};
use super::volume::Volume;

/// A Pod or the template of one, with its containers visited and its images parsed once for all policies.
pub struct Pod<'t> {
    /// The kind of the object that carries the Pod.
    pub carrier: &'static Kind,
    /// Metadata of the Pod, not of its carrier.
    pub metadata: Option<ObjectMeta<'t>>,
    /// The specification as written.
    pub spec: PodSpec<'t>,
    /// All containers, in the order init, app, ephemeral.
    pub containers: Vec<PodContainer<'t>>,
    /// All images: one a container, then those mounted as volumes.
    pub images: Vec<Image<'t>>,
    security_context: Option<PodSecurityContext<'t>>,
    is_long_running: bool,
}

/// A container in its Pod.
#[derive(Clone)]
pub struct PodContainer<'t> {
    /// What the container is in the Pod.
    pub role: Role,
    lens: Container<'t>,
    pod: PodSpec<'t>,
    // Dozens of policies ask for these.
    display_name: &'t str,
    security_context: Option<SecurityContext<'t>>,
    resources: Option<ResourceRequirements<'t>>,
    liveness_probe: Option<Probe<'t>>,
    readiness_probe: Option<Probe<'t>>,
    startup_probe: Option<Probe<'t>>,
    /// Found when the first policy asks: of the Pods beside another one hardly any is asked.
    variables: OnceLock<Vec<Found>>,
}

/// What a container is in its Pod.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Role {
    /// Runs to its end before the others start.
    Init,
    /// An init container with `restartPolicy: Always`: runs beside the others.
    Sidecar,
    /// One of `containers`.
    App,
    /// Added to a running Pod for debugging.
    Ephemeral,
}

/// An image that a Pod uses.
#[derive(Clone, Copy)]
pub struct Image<'t> {
    /// The reference as written, where it stands.
    pub text: Text<'t>,
    /// Its parts.
    pub reference: ImageReference<'t>,
    /// The role of the container that runs it; `None` for an image that is mounted as a volume.
    pub role: Option<Role>,
}

impl<'t> Pod<'t> {
    /// The Pod that an object of this kind carries.
    pub fn of(kind: &'static Kind, object: Object<'t>) -> Option<Self> {
        Self::from_template(kind, object.node().descend(kind.pod_template?).and_then(PodTemplate::view)?)
    }

    /// The Pod that a template in an object of this kind describes.
    pub fn from_template(kind: &'static Kind, template: PodTemplate<'t>) -> Option<Self> {
        let spec = template.spec()?;
        let containers: Vec<_> =
            roles(spec).map(|(role, lens)| PodContainer::new(role, lens, spec)).collect();
        let images = containers
            .iter()
            .filter_map(|container| Some((container.image()?, Some(container.role))))
            .chain(spec.volumes().iter().filter_map(|volume| Some((volume_image(volume)?, None))))
            .map(|(text, role)| Image { text, reference: ImageReference::parse(&text), role })
            .collect();
        let security_context = spec.security_context();
        Some(Self {
            carrier: kind,
            metadata: template.metadata(),
            spec,
            containers,
            images,
            security_context,
            // The API server takes an empty one for the default.
            is_long_running: matches!(*spec.restart_policy(), "Always" | ""),
        })
    }

    /// Field `securityContext`, looked up once.
    pub fn security_context(&self) -> Option<PodSecurityContext<'t>> {
        self.security_context
    }

    /// Containers that run for as long as the Pod does: app containers and sidecars.
    pub fn running(&self) -> impl Iterator<Item = &PodContainer<'t>> {
        self.containers.iter().filter(|container| matches!(container.role, Role::App | Role::Sidecar))
    }

    /// The number of the port that a port of a Service leads to. A name is looked for, as the endpoint controller does,
    /// among the ports of the same protocol of all containers that run for as long as the Pod does.
    pub fn target_port(&self, port: ServicePort<'t>) -> Option<i64> {
        let name = match *port.target()? {
            NumberOrText::Number(number) => return Some(number),
            NumberOrText::Text(name) => name,
        };
        let protocol = |text: Text<'t>| if text.is_empty() { "TCP" } else { *text };
        let is_it = |it: &ContainerPort<'t>| {
            it.name().is_some_and(|it| *it == name) && protocol(it.protocol()) == protocol(port.protocol())
        };
        let mut ports = self.running().flat_map(|container| container.ports().iter());
        ports.find(is_it)?.container_port().map(|number| *number)
    }

    /// Containers that name an image, with it.
    pub fn with_images(&self) -> impl Iterator<Item = (&PodContainer<'t>, &Image<'t>)> {
        self.containers.iter().filter(|container| container.image().is_some()).zip(&self.images)
    }

    /// Whether the Pod is meant to run until somebody stops it: Pods of Jobs are not, and their `restartPolicy`
    /// says so in the Pod as in the template.
    pub fn is_long_running(&self) -> bool {
        self.is_long_running
    }

    /// Whether the Pod only shows one that a kubelet runs from a file of its node: the kubelet has filled it in, and
    /// to refuse it changes nothing.
    pub fn is_mirror(&self) -> bool {
        let is_pod = self.carrier == &super::kinds::POD;
        is_pod
            && self.metadata.is_some_and(|it| it.annotations().get("kubernetes.io/config.mirror").is_some())
    }

    /// Whether it is a Pod that the API server has made, and filled in whatever a namespace or an account supplies: a
    /// template, or a Pod in a file, does not show that.
    pub fn is_made(&self) -> bool {
        self.carrier == &super::kinds::POD && self.metadata.is_some_and(|it| it.uid().is_some())
    }

    /// Containers that can have resources: all but ephemeral ones.
    pub fn with_resources(&self) -> impl Iterator<Item = &PodContainer<'t>> {
        self.containers.iter().filter(|container| container.role != Role::Ephemeral)
    }
}

impl<'t> PodContainer<'t> {
    fn new(role: Role, lens: Container<'t>, pod: PodSpec<'t>) -> Self {
        let display_name = lens.name().map_or("", |name| *name);
        Self {
            role,
            lens,
            pod,
            display_name,
            security_context: lens.security_context(),
            resources: lens.resources(),
            liveness_probe: lens.liveness_probe(),
            readiness_probe: lens.readiness_probe(),
            startup_probe: lens.startup_probe(),
            variables: OnceLock::new(),
        }
    }

    /// Field `securityContext`.
    pub fn security_context(&self) -> Option<SecurityContext<'t>> {
        self.security_context
    }

    /// Field `resources`.
    pub fn resources(&self) -> Option<ResourceRequirements<'t>> {
        self.resources
    }

    /// Field `livenessProbe`.
    pub fn liveness_probe(&self) -> Option<Probe<'t>> {
        self.liveness_probe
    }

    /// Field `readinessProbe`.
    pub fn readiness_probe(&self) -> Option<Probe<'t>> {
        self.readiness_probe
    }

    /// Field `startupProbe`.
    pub fn startup_probe(&self) -> Option<Probe<'t>> {
        self.startup_probe
    }

    /// Field `env`.
    pub fn variables(&self) -> impl DoubleEndedIterator<Item = Variable<'t>> + Clone {
        let (lens, tree) = (self.lens, self.lens.node().tree());
        let found = self.variables.get_or_init(|| Found::all(lens));
        found.iter().filter_map(|found| Variable::new(tree, *found))
    }

    /// The Secrets and ConfigMaps from which environment variables take their values.
    pub fn env_references(&self) -> impl Iterator<Item = Reference<'t>> {
        let all = self.env_from().iter().filter_map(Reference::of_all);
        self.variables().filter_map(Reference::of_variable).chain(all)
    }

    /// The probes that the container has: liveness, readiness, startup.
    pub fn probes(&self) -> impl Iterator<Item = Probe<'t>> + use<'t> {
        [self.liveness_probe, self.readiness_probe, self.startup_probe].into_iter().flatten()
    }

    /// The container's limits; empty if it declares none.
    pub fn limits(&self) -> Option<Quantities<'t>> {
        self.resources.map(ResourceRequirements::limits)
    }

    /// The container's requests as written; [`PodContainer::request`] has what they come to.
    pub fn requests(&self) -> Option<Quantities<'t>> {
        self.resources.map(ResourceRequirements::requests)
    }

    /// What the container effectively requests of a resource: its request, else its limit, else a share of what
    /// the whole Pod requests.
    pub fn request(&self, resource: &str) -> Option<At<'t, Quantity>> {
        let own = self.requests().and_then(|requests| requests.get(resource));
        own.or_else(|| self.limits().and_then(|limits| limits.get(resource))).or_else(|| {
            let pod = self.pod.resources()?;
            pod.requests().get(resource).or_else(|| pod.limits().get(resource))
        })
    }

    /// What the container is effectively limited to: its own limit, else that of the whole Pod.
    pub fn limit(&self, resource: &str) -> Option<At<'t, Quantity>> {
        let own = self.limits().and_then(|limits| limits.get(resource));
        own.or_else(|| self.pod.resources()?.limits().get(resource))
    }

    /// The name by which messages speak of the container.
    pub fn display_name(&self) -> &'t str {
        self.display_name
    }
}

impl<'t> Deref for PodContainer<'t> {
    type Target = Container<'t>;

    fn deref(&self) -> &Container<'t> {
        &self.lens
    }
}

fn roles(spec: PodSpec<'_>) -> impl Iterator<Item = (Role, Container<'_>)> {
    let init = spec.init_containers().iter().map(|container| {
        let restarts = container.restart_policy().is_some_and(|policy| *policy == "Always");
        (if restarts { Role::Sidecar } else { Role::Init }, container)
    });
    let app = spec.containers().iter().map(|container| (Role::App, container));
    let ephemeral = spec.ephemeral_containers().iter().map(|container| (Role::Ephemeral, container));
    init.chain(app).chain(ephemeral)
}

fn volume_image(volume: Volume<'_>) -> Option<Text<'_>> {
    volume.image()?.reference()
}
