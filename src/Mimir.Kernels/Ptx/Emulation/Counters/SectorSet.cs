using System.Numerics;

namespace Mimir.Kernels.Ptx.Emulation;

/// <summary>The 32-byte sectors of an allocation that a launch read and wrote, a bit each.</summary>
internal sealed class SectorSet
{
    private const int SectorShift = 5;

    private readonly ulong[] _read;
    private readonly ulong[] _written;

    /// <summary>No sector yet.</summary>
    /// <param name="bytes">Length of the allocation, which begins with a sector.</param>
    public SectorSet(long bytes)
    {
        var words = (bytes >> (SectorShift + 6)) + 1;
        (_read, _written) = (new ulong[words], new ulong[words]);
    }

    /// <summary>Sectors read and sectors written.</summary>
    public long Count => CountIn(_read) + CountIn(_written);

    /// <summary>Adds what lanes touch.</summary>
    /// <param name="access">Their access.</param>
    /// <param name="pattern">Its shape.</param>
    /// <param name="start">Address of the allocation.</param>
    public unsafe void Add(in WarpAccess access, AccessPattern pattern, ulong start)
    {
        if (access.Kind is not AccessKind.Store)
            Mark(_read, access, pattern, start);
        if (access.Kind is AccessKind.Store or AccessKind.Atomic)
            Mark(_written, access, pattern, start);
    }

    /// <summary>Adds another worker's.</summary>
    public void Add(SectorSet other)
    {
        for (var i = 0; i < _read.Length; i++)
        {
            _read[i] |= other._read[i];
            _written[i] |= other._written[i];
        }
    }

    private static long CountIn(ulong[] sectors)
    {
        var count = 0L;
        foreach (var word in sectors)
            count += BitOperations.PopCount(word);
        return count;
    }

    private static unsafe void Mark(ulong[] sectors, in WarpAccess access, AccessPattern pattern, ulong start)
    {
        if (pattern.IsRun)
        {
            Mark(sectors, access.Addresses[0] - start, (ulong)(access.Bytes * pattern.Lanes));
            return;
        }
        for (var rest = access.Lanes; rest != 0; rest &= rest - 1)
            Mark(sectors, access.Addresses[BitOperations.TrailingZeroCount(rest)] - start, (ulong)access.Bytes);
    }

    private static void Mark(ulong[] sectors, ulong offset, ulong bytes)
    {
        var last = (offset + bytes - 1) >> SectorShift;
        for (var sector = offset >> SectorShift; sector <= last; sector++)
            sectors[sector >> 6] |= 1UL << (int)(sector & 63);
    }
}
