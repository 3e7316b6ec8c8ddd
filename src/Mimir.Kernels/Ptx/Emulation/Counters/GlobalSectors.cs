using System.Numerics;

namespace Mimir.Kernels.Ptx.Emulation;

/// <summary>What one request to global memory moves.</summary>
/// <param name="Sectors">32-byte sectors touched.</param>
/// <param name="IdealSectors">Sectors that the distinct bytes would need in a row.</param>
/// <param name="Lines">128-byte lines touched.</param>
/// <param name="Bytes">Distinct bytes.</param>
/// <param name="Addresses">Distinct addresses.</param>
internal readonly record struct GlobalSectors(int Sectors, int IdealSectors, int Lines, int Bytes, int Addresses)
{
    private const int SectorShift = 5;
    private const int LineShift = 7;

    /// <summary>Counts a request.</summary>
    public static unsafe GlobalSectors Of(in WarpAccess access, AccessPattern pattern)
    {
        if (pattern.IsRun)
        {
            var first = access.Addresses[0];
            var bytes = access.Bytes * pattern.Lanes;
            var last = first + (ulong)bytes - 1;
            return new GlobalSectors(
                (int)((last >> SectorShift) - (first >> SectorShift)) + 1,
                Ideal(bytes),
                (int)((last >> LineShift) - (first >> LineShift)) + 1,
                bytes,
                pattern.Lanes);
        }
        var addresses = stackalloc ulong[32];
        var (count, isAscending) = (0, true);
        for (var rest = access.Lanes; rest != 0; rest &= rest - 1)
        {
            var address = access.Addresses[BitOperations.TrailingZeroCount(rest)];
            isAscending &= count == 0 || address >= addresses[count - 1];
            addresses[count++] = address;
        }
        var sorted = new Span<ulong>(addresses, count);
        if (!isAscending)
            sorted.Sort();
        var (sectors, lines, distinct) = (0, 0, 0);
        var (previous, sector, line) = (ulong.MaxValue, ulong.MaxValue, ulong.MaxValue);
        foreach (var address in sorted)
        {
            if (address == previous)
                continue;
            previous = address;
            distinct++;
            // A piece of an asynchronous copy may be cut short, so it ends where it ends; no piece crosses into a second sector.
            if (address >> SectorShift != sector)
                sectors++;
            if (address >> LineShift != line)
                lines++;
            (sector, line) = (address >> SectorShift, address >> LineShift);
        }
        return new GlobalSectors(sectors, Ideal(distinct * access.Bytes), lines, distinct * access.Bytes, distinct);
    }

    private static int Ideal(int bytes) => (bytes + 31) >> SectorShift;
}
