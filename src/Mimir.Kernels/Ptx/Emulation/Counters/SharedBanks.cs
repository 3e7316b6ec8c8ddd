using System.Numerics;

namespace Mimir.Kernels.Ptx.Emulation;

/// <summary>What an access costs in shared memory: 32 banks of 4 bytes, each of which gives one word a wavefront. Up to 4 bytes a lane the whole warp
/// goes in one pass, with 8 bytes half of it, with 16 a quarter. The lanes of a pass that want the same word get it together.</summary>
internal static class SharedBanks
{
    private const int BankBytes = 4;

    /// <summary>Wavefronts that an access needs, and that it would need without conflicts: one for each pass that has lanes.</summary>
    public static unsafe (int Wavefronts, int Ideal) Count(in WarpAccess access, AccessPattern pattern)
    {
        // Aligned pieces of one size lie on one set of banks or on another, never across: the banks can be counted by pieces.
        var piece = Math.Max(access.Bytes, BankBytes);
        var lanesPerPass = 32 * BankBytes / piece;
        if (pattern.IsRun)
        {
            var passes = (pattern.Lanes + lanesPerPass - 1) / lanesPerPass;
            return (passes, passes);
        }
        if (pattern.IsUniform && access.Kind != AccessKind.Atomic)
            return (32 / lanesPerPass, 32 / lanesPerPass);
        var (wavefronts, ideal) = (0, 0);
        var pass = lanesPerPass == 32 ? uint.MaxValue : (1U << lanesPerPass) - 1;
        for (var first = 0; first < 32; first += lanesPerPass)
        {
            var lanes = access.Lanes & pass << first;
            if (lanes == 0)
                continue;
            wavefronts += CountPass(access, lanes, BitOperations.Log2((uint)piece), lanesPerPass - 1);
            ideal++;
        }
        return (wavefronts, ideal);
    }

    /// <summary>The most pieces that the lanes of a pass want from one set of banks. Atomics at one address queue up like different pieces.</summary>
    private static unsafe int CountPass(in WarpAccess access, uint lanes, int pieceShift, int setMask)
    {
        var sets = 0U;
        for (var rest = lanes; rest != 0; rest &= rest - 1)
            sets |= 1U << ((int)(access.Addresses[BitOperations.TrailingZeroCount(rest)] >> pieceShift) & setMask);
        return BitOperations.PopCount(sets) == BitOperations.PopCount(lanes) ? 1 : CountDepth(access, lanes, pieceShift, setMask);
    }

    private static unsafe int CountDepth(in WarpAccess access, uint lanes, int pieceShift, int setMask)
    {
        var latest = stackalloc sbyte[32];
        new Span<sbyte>(latest, 32).Fill(-1);
        var before = stackalloc sbyte[32];
        var depth = stackalloc int[32];
        var most = 0;
        for (var rest = lanes; rest != 0; rest &= rest - 1)
        {
            var lane = BitOperations.TrailingZeroCount(rest);
            var wanted = access.Addresses[lane] >> pieceShift;
            var set = (int)wanted & setMask;
            var other = latest[set];
            if (access.Kind != AccessKind.Atomic)
            {
                while (other >= 0 && access.Addresses[other] >> pieceShift != wanted)
                    other = before[other];
                if (other >= 0)
                    continue;
            }
            depth[lane] = latest[set] < 0 ? 1 : depth[latest[set]] + 1;
            before[lane] = latest[set];
            latest[set] = (sbyte)lane;
            most = Math.Max(most, depth[lane]);
        }
        return most;
    }
}
