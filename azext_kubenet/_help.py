"""The help of the group and its commands. No IO.

A line of a long summary stands alone where an address could be broken; an address is never last, as azure-cli ends
the text with a full stop. Lines of examples fit 80 columns and end where a shell goes on: azure-cli breaks longer ones
at hyphens. https://learn.microsoft.com/cli/azure/use-azure-cli-successfully-quoting has the rules of the shells.
"""

from __future__ import annotations

from knack.help_files import helps

helps["aks kubenet"] = """
type: group
short-summary: Plan, check, prepare and create AKS clusters with kubenet on a network of your own.
long-summary: >
    In the order of work:

    1. plan sizes the subnet and chooses addresses, without a login.

    2. validate-subnet reads a subnet and reports everything that would make the cluster fail.

    3. prepare creates the identity, the route table and the role assignments.

    4. create checks and creates; with --prepare it does step 3 as well. wait follows create --no-wait.

    5. check reports what is wrong with a running cluster, and how far it can grow.

    6. migrate prints the steps to Azure CNI Overlay, and proves that a cluster has moved.

    7. cleanup removes what prepare made, once the cluster is gone.

    audit lists all your kubenet clusters, and what it takes to move each of them.

    The ID of a subnet, which several commands take, is printed by:

    az network vnet subnet show -g GROUP --vnet-name VNET -n SUBNET --query id -o tsv

    kubenet on AKS is unsupported from 2028-03-31. What it is and what it needs:

    https://learn.microsoft.com/azure/aks/configure-kubenet


    The examples, and the commands in the output, are written for a POSIX shell. PowerShell: end a continued line
    with ` instead of \\, write $env:NAME for $NAME, and quote '@file'. cmd.exe: end it with ^, write %NAME%, quote with
    " alone, and in a batch file write %% for %. A path may have its backslashes: "@C:\\work\\ranges.txt". More:

    https://learn.microsoft.com/cli/azure/use-azure-cli-successfully-quoting

    NO_COLOR turns colours off, as AZURE_CORE_NO_COLOR=true does.
"""

helps["aks kubenet plan"] = """
type: command
short-summary: Size the subnet and choose the addresses of a kubenet cluster.
long-summary: >
    Works offline, without a login, unless you name a virtual network to read. -o table shows the ranges, how far
    the cluster can grow, the other network models and what is wrong; JSON has everything.

    A value that cannot be parsed is refused, with the fix: host bits set, IPv6, a prefix length over 32, a negative
    count, a maximum below the node count, a pool named twice, an empty file. A value that can be parsed but breaks a
    rule is a finding: 251 pods a node, a /11 service range, a DNS address outside it, an overlap.

    The sizes and ranges that Azure accepts:

    https://learn.microsoft.com/azure/aks/configure-kubenet

    https://learn.microsoft.com/azure/virtual-network/virtual-networks-faq

    Exits with 4 where the plan breaks a rule; the plan is printed all the same.
examples:
    - name: How large must the subnet of 20 to 50 nodes be?
      text: az aks kubenet plan --node-count 20 --max-count 50
    - name: Find free ranges in a network, clear of its subnets and a peered network.
      text: |-
        az aks kubenet plan --node-count 10 \\
            --vnet-address-prefixes 10.20.0.0/16 \\
            --used-prefixes 10.20.0.0/24 10.20.1.0/24 \\
            --peered-prefixes 10.0.0.0/16
    - name: Plan into a network that is there, around its subnets and peerings.
      text: |-
        VNET_ID=$(az network vnet show -g myResourceGroup -n myAKSVnet \\
            --query id -o tsv)
        az aks kubenet plan --node-count 10 --vnet-id $VNET_ID -o table
    - name: Which network model fits a cluster that will run Windows too?
      text: |-
        az aks kubenet plan --node-count 10 --need windows \\
            --query recommendation
    - name: Two node pools, and room to grow by a half.
      text: |-
        az aks kubenet plan --nodepool name=system count=3 \\
            --nodepool name=work count=5 max-count=20 max-surge=33% \\
            --growth 50
    - name: Two node pools, each in a subnet of its own.
      text: |-
        az aks kubenet plan --nodepool name=system count=3 \\
            --nodepool name=work count=5 subnet=myWorkSubnet
    - name: Also write an HTML page to look at and share, with a map of all addresses.
      text: az aks kubenet plan --max-count 50 --report plan.html
"""

helps["aks kubenet validate-subnet"] = """
type: command
short-summary: Report everything that would make a kubenet cluster in this subnet fail.
long-summary: >
    Reads the subnet, its network, route table, security group, the identity's roles and the other clusters, and
    writes nothing. What you may not read is reported as unknown.

    What AKS requires of the network:

    https://learn.microsoft.com/azure/aks/configure-kubenet

    https://learn.microsoft.com/azure/aks/concepts-network-cni-overview

    Exits with 4 where an error was found.
examples:
    - name: Check a subnet for a cluster with an identity of its own.
      text: |-
        az aks kubenet validate-subnet -g myResourceGroup \\
            --vnet-name myAKSVnet --subnet-name myAKSSubnet \\
            --assign-identity $IDENTITY_ID
    - name: Check for 50 nodes and a pod range, and show the findings as a table.
      text: |-
        az aks kubenet validate-subnet -g myResourceGroup \\
            --vnet-name myAKSVnet --subnet-name myAKSSubnet \\
            --node-count 50 --pod-cidr 10.244.0.0/16 -o table
    - name: Ask for the verdict alone, by the ID of the subnet.
      text: |-
        SUBNET_ID=$(az network vnet subnet show -g myResourceGroup \\
            --vnet-name myAKSVnet -n myAKSSubnet --query id -o tsv)
        az aks kubenet validate-subnet --vnet-subnet-id $SUBNET_ID \\
            --query verdict -o tsv
    - name: Is there room for 20 more nodes in a further subnet of a running cluster?
      text: |-
        az aks kubenet validate-subnet -g myResourceGroup \\
            --vnet-name myAKSVnet --subnet-name myAKSSubnet \\
            --cluster-name myAKSCluster \\
            --nodepool name=work count=20 subnet=myWorkSubnet
    - name: Check a subnet by its ID, without two of the rules.
      text: |-
        az aks kubenet validate-subnet --vnet-subnet-id $SUBNET_ID \\
            --ignore OVL6 NSG2
"""

helps["aks kubenet check"] = """
type: command
short-summary: Report what is wrong with a running kubenet cluster, and how far it can grow.
long-summary: >
    Reads the cluster, its machines, subnets, route table and all that validate-subnet reads, and writes nothing:
    whether every node has its route, whose the other routes are, whether the route table is on every subnet, for how
    many more nodes there is room (now, at the maximum of the pools and during an upgrade), and which limit comes
    first. The role Reader on cluster and network is enough; what you may not read is reported as unknown.

    The verdict is healthy, degraded or broken. Commands that repair are printed with each finding; those that take
    something away stand apart, as destructiveCommands. For a cluster that has moved to Azure CNI Overlay, what is
    specific to kubenet is skipped.

    How kubenet works:

    https://learn.microsoft.com/azure/aks/concepts-network-legacy-cni

    https://learn.microsoft.com/azure/aks/configure-kubenet

    Exits with 4 where the cluster is broken.
examples:
    - name: Check a cluster, and show what is wrong as a table.
      text: az aks kubenet check -g myResourceGroup -n myAKSCluster -o table
    - name: After a scale-out, wait up to three minutes for the routes of new nodes.
      text: |-
        az aks kubenet check -g myResourceGroup -n myAKSCluster --wait 180
    - name: List the nodes whose pods cannot be reached.
      text: |-
        az aks kubenet check -g myResourceGroup -n myAKSCluster \\
            --query "routing.nodes[?state!='ok'].[name, state]" -o tsv
    - name: Also write a page to look at and to hand on, with a map of all addresses.
      text: |-
        az aks kubenet check -g myResourceGroup -n myAKSCluster \\
            --report check.html
"""

helps["aks kubenet migrate"] = """
type: command
short-summary: Print the steps from kubenet to overlay, or prove that a cluster has moved.
long-summary: >
    With --dry-run, whether the cluster can move, what stands in the way, and the steps as complete az commands, in
    the order of work: which of them reimage all nodes, which cannot be undone. Run it again at any moment, also
    between two steps or while an operation runs: it says where the cluster stands and prints the rest. With --verify,
    whether the cluster has arrived, read from Azure itself: an operation that said Succeeded proves nothing.

    Neither writes anything; you run the steps. The role Reader on cluster and network is enough here. The steps need
    write rights on the cluster, join (step 3: write) on its subnets, and the right to assign roles in step 1 only.

    Code that describes the cluster has to change before it is next applied: unchanged Terraform (azurerm) code
    destroys the migrated cluster. See --iac.

    https://learn.microsoft.com/azure/aks/update-azure-cni

    Exits with 4 where an error was found, or where --verify did not prove that the cluster has moved.
examples:
    - name: Show whether a cluster can move, and the steps, as a table.
      text: |-
        az aks kubenet migrate -g myResourceGroup -n myAKSCluster --dry-run \\
            -o table
    - name: Plan the move of a cluster with Calico, with the changes to Terraform.
      text: |-
        az aks kubenet migrate -g myResourceGroup -n myAKSCluster --dry-run \\
            --then-network-policy cilium --iac terraform
    - name: List the commands that are left to run, between two steps.
      text: |-
        az aks kubenet migrate -g myResourceGroup -n myAKSCluster --dry-run \\
            --query "steps[?state=='planned'].command" -o tsv
    - name: Prove that a cluster has moved.
      text: az aks kubenet migrate -g myResourceGroup -n myAKSCluster --verify
    - name: Also write the steps as a page with a checklist.
      text: |-
        az aks kubenet migrate -g myResourceGroup -n myAKSCluster --dry-run \\
            --report move.html
"""

helps["aks kubenet prepare"] = """
type: command
short-summary: Create the identity, route table and role assignments that a kubenet cluster needs.
long-summary: >
    Creates only what is missing and replaces nothing; a second run writes nothing. --dry-run shows the changes.

    Why a cluster with a route table of its own needs them:

    https://learn.microsoft.com/azure/aks/configure-kubenet

    https://learn.microsoft.com/azure/aks/use-managed-identity

    createCommand in the result creates the cluster. What you say about the cluster (ranges, pools, surge) goes into
    it; what create does not take goes into nextCommands. A cluster that create would refuse is refused before the
    first write.

    For a running cluster, a subnet that lost the cluster's route table gets it back, after a prompt for confirmation,
    and a further subnet gets that table; nextCommands then add the node pool.
examples:
    - name: Prepare a subnet for a cluster.
      text: |-
        az aks kubenet prepare -g myResourceGroup -n myAKSCluster \\
            --vnet-name myAKSVnet --subnet-name myAKSSubnet
    - name: Show what would be written.
      text: |-
        az aks kubenet prepare -g myResourceGroup -n myAKSCluster \\
            --vnet-name myAKSVnet --subnet-name myAKSSubnet \\
            --dry-run -o table
    - name: Send egress through a firewall.
      text: |-
        az aks kubenet prepare -g myResourceGroup -n myAKSCluster \\
            --vnet-name myAKSVnet --subnet-name myAKSSubnet \\
            --default-route-next-hop 10.20.255.4
    - name: Say what the cluster will be, for a complete createCommand.
      text: |-
        az aks kubenet prepare -g myResourceGroup -n myAKSCluster \\
            --vnet-name myAKSVnet --subnet-name myAKSSubnet \\
            --pod-cidr 10.100.0.0/16 --nodepool name=system count=3 \\
            --nodepool name=work count=2 max-count=9 max-surge=3 \\
            --query "[createCommand, nextCommands]"
    - name: Grant what a private cluster needs on its DNS zone in a hub.
      text: |-
        az aks kubenet prepare -g myResourceGroup -n myAKSCluster \\
            --vnet-subnet-id $SUBNET_ID --private-dns-zone $ZONE_ID
"""

helps["aks kubenet audit"] = """
type: command
short-summary: List every kubenet cluster that you can see, and what it takes to move each.
long-summary: >
    Queries Azure Resource Graph in all subscriptions that you can see, and writes nothing. Clusters are listed in the
    order in which to look at them: rebuild (no repair in place is possible), blocked (other work comes first), steps
    (migrate does what is needed), ready; within each, the largest first.

    For each cluster, the findings that failed or are unknown are listed. Roles, locks, policies and security groups
    are not checked: the command that is printed for each cluster does that.

    Resource Graph silently omits what you may not read, and is some minutes late. coverage says what was seen; where
    that is not everything, complete is false and a warning says why.

    How AKS describes the move:

    https://learn.microsoft.com/azure/aks/update-azure-cni

    Exits with 0 whatever was found; --require-none makes it a gate: 4 where a cluster is on kubenet, 1 where none was
    found and not everything was seen.
examples:
    - name: Show every cluster on kubenet, and why it cannot move yet.
      text: az aks kubenet audit -o table
    - name: Look in one management group, and print the next command for each cluster.
      text: |-
        az aks kubenet audit --management-groups myManagementGroup \\
            --query "clusters[].command" -o tsv
    - name: Stop a pipeline as long as a subscription has a cluster on kubenet.
      text: |-
        az aks kubenet audit --subscriptions $SUBSCRIPTION_ID \\
            --require-none --query counts
    - name: Find the node routes and tables that moved clusters have left behind.
      text: |-
        az aks kubenet audit --include-migrated \\
            --query "clusters[?effort=='leftovers'].leftovers[]"
    - name: Also write a page to share; a name in .csv gives rows for a spreadsheet.
      text: az aks kubenet audit --report clusters.html --query counts
"""

helps["aks kubenet cleanup"] = """
type: command
short-summary: Remove what prepare made for a cluster.
long-summary: >
    Deletes the role assignments, the associations, the route table and the identity that prepare made, recognized by
    marks that nothing else has. What was given or adopted stays.

    What a cluster uses them for:

    https://learn.microsoft.com/azure/aks/configure-kubenet

    Nothing is deleted while a cluster uses any of it, under a lock, or where a right is missing. A table that others
    use, an identity that others have, and what the first release marked are kept, with the reason and the commands
    that delete them; the exit code is then 1.
examples:
    - name: Show what would be deleted.
      text: |-
        az aks kubenet cleanup -g myResourceGroup -n myAKSCluster \\
            --dry-run -o table
    - name: Delete it, after a prompt for confirmation.
      text: az aks kubenet cleanup -g myResourceGroup -n myAKSCluster
    - name: Delete it in a script.
      text: az aks kubenet cleanup -g myResourceGroup -n myAKSCluster --yes
"""

helps["aks kubenet wait"] = """
type: command
short-summary: Wait until a cluster reaches a state, after create --no-wait.
long-summary: >
    Asks Azure for the cluster every 30 seconds, or as --interval says, and prints nothing once the state is reached.
    A creation that failed ends the wait with an error.

    The states of a cluster are those of az aks:

    https://learn.microsoft.com/cli/azure/aks#az-aks-create

    As with every wait of az, where --timeout passes first, {} is printed and the exit code is 0: a script has to ask
    az aks show for the state.
examples:
    - name: Wait until the cluster is created.
      text: |-
        az aks kubenet wait -g myResourceGroup -n myAKSCluster --created
    - name: Wait at most 20 minutes.
      text: |-
        az aks kubenet wait -g myResourceGroup -n myAKSCluster --created \\
            --timeout 1200
    - name: Wait until the cluster is gone.
      text: |-
        az aks kubenet wait -g myResourceGroup -n myAKSCluster --deleted
"""

helps["aks kubenet list-rules"] = """
type: command
short-summary: List the rules that the other commands judge by.
long-summary: >
    Works offline. Of each rule: its code, which --ignore takes, its name, the highest severity that its findings can
    have, the healthy condition as its title, and what to do where that does not hold. With --code also what the rule
    reads, why, and all its sources. They come from:

    https://learn.microsoft.com/azure/aks/configure-kubenet

    Each rule names the first of its sources as documentation.
examples:
    - name: List all rules as a table.
      text: az aks kubenet list-rules -o table
    - name: Show all that there is to know of two rules.
      text: az aks kubenet list-rules --code RT3 SN3 -o table
    - name: List the codes of the rules that stop a creation.
      text: |-
        az aks kubenet list-rules --query "[?severity=='error'].code" -o tsv
"""

_CREATE = """
type: command
short-summary: Create a managed cluster with kubenet, after checking that it will work.
long-summary: >
    Takes every argument of az aks create; the network plugin is kubenet. Checks first: where it finds an error, it
    prints the findings, writes nothing and exits with 4. Waits while role assignments take effect.

    About az aks create and kubenet:

    https://learn.microsoft.com/cli/azure/aks#az-aks-create

    https://learn.microsoft.com/azure/aks/configure-kubenet

    Where monitoring, an attached registry or a role assignment has to follow the creation, azure-cli itself waits
    despite --no-wait.
{parameters}
examples:
    - name: Create a cluster on what prepare made.
      text: |-
        SUBNET_ID=$(az network vnet subnet show -g myResourceGroup \\
            --vnet-name myAKSVnet -n myAKSSubnet --query id -o tsv)
        IDENTITY_ID=$(az identity show -g myResourceGroup \\
            -n myAKSCluster-identity --query id -o tsv)
        az aks kubenet create -g myResourceGroup -n myAKSCluster \\
            --vnet-subnet-id $SUBNET_ID --assign-identity $IDENTITY_ID \\
            --generate-ssh-keys
    - name: Prepare and create in one go.
      text: |-
        az aks kubenet create -g myResourceGroup -n myAKSCluster \\
            --vnet-subnet-id $SUBNET_ID --prepare --generate-ssh-keys
    - name: Show the findings and all that would be written.
      text: |-
        az aks kubenet create -g myResourceGroup -n myAKSCluster \\
            --vnet-subnet-id $SUBNET_ID --prepare --dry-run -o table
    - name: Create a cluster with ranges of your own and do not wait for it.
      text: |-
        az aks kubenet create -g myResourceGroup -n myAKSCluster \\
            --vnet-subnet-id $SUBNET_ID --assign-identity $IDENTITY_ID \\
            --pod-cidr 10.245.0.0/16 --service-cidr 10.1.0.0/16 \\
            --dns-service-ip 10.1.0.10 --generate-ssh-keys --no-wait
    - name: Create a cluster that grows to 20 nodes.
      text: |-
        az aks kubenet create -g myResourceGroup -n myAKSCluster \\
            --vnet-subnet-id $SUBNET_ID --assign-identity $IDENTITY_ID \\
            --enable-cluster-autoscaler --min-count 3 --max-count 20 \\
            --generate-ssh-keys
"""

helps["aks kubenet create"] = _CREATE.format(parameters="")


def complete_create_help() -> None:
    """Put the parameter texts of the installed `az aks create` into our help; done when `create` is asked for."""
    from .aks_create.signature import create_parameters_help

    helps["aks kubenet create"] = _CREATE.format(parameters=create_parameters_help())
