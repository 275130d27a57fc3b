import type { Sandbox } from '../../packages/sandbox/src/server/sandbox.ts'

/** Puts the applications' load balancers into a security group that admits the gateway's network, as many are. */
export async function guardApplications(sandbox: Sandbox): Promise<void> {
  for (const [index, balancer] of Object.values(sandbox.world.elbv2.loadBalancers).entries()) {
    const { account, region, vpcId } = balancer
    const groupId = `sg-0a99${index}`
    const ingress = [{ port: 80, cidr: '10.0.0.0/8' }]
    await sandbox.seed({ securityGroups: [{ account, region, groupId, vpcId, name: groupId, ingress }] })
    balancer.groupIds = [groupId]
    for (const id of balancer.networkInterfaceIds) {
      const nic = sandbox.world.ec2.networkInterfaces[id]
      if (nic !== undefined) nic.groupIds = [groupId]
    }
  }
}
