//! CreatePermission and ChannelBind (RFC 8656 sections 10 and 12).

use std::net::IpAddr;

use turn_types::attribute::ChannelNumber as ChannelNumberAttribute;

use super::Server;
use super::request::Request;
use crate::addr::{Family, PeerAddr};
use crate::allocation::{Allocation, ChannelNumber, Owner, Reach};
use crate::policy::{self, Verdict};
use crate::reply::Refusal;

impl Server {
    /// Permits all peers that are named, or none.
    pub(super) fn create_permission(&mut self, request: &Request<'_>, owner: &Owner) -> Result<(), Refusal> {
        let (id, allocation) = self.owned(request, owner)?;
        let peers = request
            .peers()?
            .into_iter()
            .map(|peer| Ok((peer.0.ip(), self.reach(allocation, peer)?)))
            .collect::<Result<Vec<_>, Refusal>>()?;
        let expires = request.now + self.options.permission_lifetime;
        let max = self.options.permissions_per_allocation;
        let allocation = self.allocations.get_mut(id).ok_or(Refusal::ALLOCATION_MISMATCH)?;
        if !allocation.has_room_for(&peers, max, request.now) {
            return Err(Refusal::NO_CAPACITY);
        }
        for (ip, reach) in peers {
            allocation.permit(ip, reach, expires);
        }
        self.succeed(&request.reply(), &[], Some(&owner.signer));
        Ok(())
    }

    /// Binds a channel to a peer, and permits the peer.
    pub(super) fn channel_bind(&mut self, request: &Request<'_>, owner: &Owner) -> Result<(), Refusal> {
        let (id, allocation) = self.owned(request, owner)?;
        // Channels are for datagrams.
        if allocation.tcp_relay().is_some() {
            return Err(Refusal::BAD_REQUEST);
        }
        let number = request.required::<ChannelNumberAttribute>()?.channel();
        let number = ChannelNumber::new(number)
            .filter(|_| self.options.channel_numbers.contains(&number))
            .ok_or(Refusal::BAD_REQUEST)?;
        let peer = request.peer()?;
        if peer.0.port() == 0 {
            return Err(Refusal::BAD_REQUEST);
        }
        let permission = [(peer.0.ip(), self.reach(allocation, peer)?)];
        allocation.check_channel(number, peer, request.now).map_err(|_| Refusal::BAD_REQUEST)?;
        let expires = request.now + self.options.channel_lifetime;
        let permitted_until = request.now + self.options.permission_lifetime;
        let (max_channels, max_permissions) =
            (self.options.channels_per_allocation, self.options.permissions_per_allocation);
        let allocation = self.allocations.get_mut(id).ok_or(Refusal::ALLOCATION_MISMATCH)?;
        let has_room = allocation.has_channel_room(number, max_channels, request.now)
            && allocation.has_room_for(&permission, max_permissions, request.now);
        if !has_room {
            return Err(Refusal::NO_CAPACITY);
        }
        let [(ip, reach)] = permission;
        allocation.permit(ip, reach, permitted_until);
        allocation.bind_channel(number, peer, expires);
        self.succeed(&request.reply(), &[], Some(&owner.signer));
        Ok(())
    }

    /// How far a permission for `peer` would reach; 443 or 403 if it cannot be given.
    fn reach(&self, allocation: &Allocation, peer: PeerAddr) -> Result<Reach, Refusal> {
        let ip = peer.0.ip();
        if allocation.relay_of(Family::of(ip)).is_none() {
            return Err(Refusal::FAMILY_MISMATCH);
        }
        match policy::verdict(ip, &self.options.allow_peers) {
            Verdict::Opened => Ok(Reach::Opened),
            _ if self.has_relays_at(ip) => Ok(Reach::OwnRelays),
            Verdict::Public => Ok(Reach::Public),
            Verdict::Denied => Err(Refusal::FORBIDDEN),
        }
    }

    /// Whether `ip` is an address of this machine, behind its firewall: that of relays, or any other.
    pub(super) fn is_own(&self, ip: IpAddr) -> bool {
        self.own_ips.contains(&ip) || self.has_relays_at(ip)
    }

    /// Whether relays are advertised under `ip`.
    fn has_relays_at(&self, ip: IpAddr) -> bool {
        self.options.public_ips.contains(&ip)
            || self.allocations.is_relayed_ip(ip)
            || self.directory.has_ip(ip)
    }
}
