//! What a Pod and its containers ask of the kernel:
//! [security context](https://kubernetes.io/docs/reference/kubernetes-api/workload-resources/pod-v1/#security-context).

use super::lens::{Bool, Int, Text, lens};

lens! {
    /// Security settings of the Pod; a container's own win over them.
    PodSecurityContext {
        "appArmorProfile" => app_armor_profile: AppArmorProfile,
        "fsGroup" => fs_group: Int,
        "fsGroupChangePolicy" => fs_group_change_policy: Text,
        "runAsGroup" => run_as_group: Int,
        "runAsNonRoot" => run_as_non_root: Bool,
        "runAsUser" => run_as_user: Int,
        "seLinuxOptions" => se_linux_options: SeLinuxOptions,
        "seccompProfile" => seccomp_profile: SeccompProfile,
        "supplementalGroups" => supplemental_groups: [Int],
        "supplementalGroupsPolicy" => supplemental_groups_policy: Text,
        "sysctls" => sysctls: [Sysctl],
        "windowsOptions" => windows_options: WindowsOptions,
    }

    /// Security settings of a container.
    SecurityContext {
        "allowPrivilegeEscalation" => allow_privilege_escalation: Bool,
        "appArmorProfile" => app_armor_profile: AppArmorProfile,
        "capabilities" => capabilities: Capabilities,
        "privileged" => privileged: Bool,
        "procMount" => proc_mount: Text,
        "readOnlyRootFilesystem" => read_only_root_filesystem: Bool,
        "runAsGroup" => run_as_group: Int,
        "runAsNonRoot" => run_as_non_root: Bool,
        "runAsUser" => run_as_user: Int,
        "seLinuxOptions" => se_linux_options: SeLinuxOptions,
        "seccompProfile" => seccomp_profile: SeccompProfile,
        "windowsOptions" => windows_options: WindowsOptions,
    }

    /// An AppArmor profile.
    AppArmorProfile {
        "type" => kind: Text = "",
        "localhostProfile" => localhost_profile: Text,
    }

    /// Rights of root, one by one.
    Capabilities {
        "add" => add: [Text],
        "drop" => drop: [Text],
    }

    /// SELinux labels.
    SeLinuxOptions {
        "user" => user: Text = "",
        "role" => role: Text = "",
        "type" => kind: Text = "",
        "level" => level: Text = "",
    }

    /// A seccomp profile.
    SeccompProfile {
        "type" => kind: Text = "",
        "localhostProfile" => localhost_profile: Text,
    }

    /// A kernel parameter.
    Sysctl {
        "name" => name: Text = "",
        "value" => value: Text = "",
    }

    /// Settings that only Windows has.
    WindowsOptions {
        "gmsaCredentialSpecName" => gmsa_credential_spec_name: Text,
        "hostProcess" => host_process: Bool = false,
        "runAsUserName" => run_as_user_name: Text,
    }
}

impl SeccompProfile<'_> {
    /// Whether the kernel refuses system calls: by the profile of the runtime, or by one of the node.
    pub fn is_confined(self) -> bool {
        matches!(*self.kind(), "RuntimeDefault" | "Localhost")
    }
}

impl AppArmorProfile<'_> {
    /// Whether access is restricted: by the profile of the runtime, or by one of the node.
    pub fn is_confined(self) -> bool {
        matches!(*self.kind(), "RuntimeDefault" | "Localhost")
    }
}
