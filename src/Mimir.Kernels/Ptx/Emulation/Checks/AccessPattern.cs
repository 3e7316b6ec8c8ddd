using System.Numerics;
using System.Runtime.Intrinsics;

namespace Mimir.Kernels.Ptx.Emulation;

/// <summary>The shape of a warp's access, found once and used by every check: most are one run of bytes.</summary>
/// <param name="IsRun">Whether the lanes are the first so many of the warp and their pieces follow each other without a gap.</param>
/// <param name="IsUniform">Whether all 32 lanes take part and have one address.</param>
/// <param name="Lanes">How many lanes take part.</param>
internal readonly record struct AccessPattern(bool IsRun, bool IsUniform, int Lanes)
{
    /// <summary>The shape of an access.</summary>
    public static unsafe AccessPattern Of(in WarpAccess access)
    {
        var lanes = BitOperations.PopCount(access.Lanes);
        if ((access.Lanes & (access.Lanes + 1)) != 0)
            return new AccessPattern(false, false, lanes);
        var addresses = access.Addresses;
        if (lanes == 32 && addresses[1] == addresses[0])
            return new AccessPattern(false, IsOneAddress(addresses), lanes);
        var step = (ulong)access.Bytes;
        var expected = Vector256.Create(0, step, 2 * step, 3 * step) + Vector256.Create(addresses[0]);
        var stride = Vector256.Create(4 * step);
        var lane = 0;
        for (; lane + 4 <= lanes; lane += 4)
        {
            if (Vector256.Load(addresses + lane) != expected)
                return new AccessPattern(false, false, lanes);
            expected += stride;
        }
        for (; lane < lanes; lane++)
        {
            if (addresses[lane] != addresses[0] + (ulong)lane * step)
                return new AccessPattern(false, false, lanes);
        }
        return new AccessPattern(true, false, lanes);
    }

    private static unsafe bool IsOneAddress(ulong* addresses)
    {
        var first = Vector256.Create(addresses[0]);
        for (var lane = 0; lane < 32; lane += 4)
        {
            if (Vector256.Load(addresses + lane) != first)
                return false;
        }
        return true;
    }
}
