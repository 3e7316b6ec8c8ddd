namespace Mimir.Kernels.Ptx.Emulation;

/// <summary>Traffic of global memory.</summary>
/// <param name="Requests">Warp instructions that access global memory.</param>
/// <param name="Sectors">32-byte sectors that they touch, each request for itself.</param>
/// <param name="IdealSectors">The sectors that the same distinct bytes would need if they were contiguous and aligned.</param>
/// <param name="Lines">Distinct 128-byte lines a request, summed.</param>
/// <param name="BytesAsked">Bytes that lanes ask for; what several lanes ask for at once counts once.</param>
/// <param name="AtomicAddresses">Distinct addresses of atomic requests, summed.</param>
/// <param name="AtomicConflicts">Lanes of atomic requests beyond those: they queue behind another lane at their address.</param>
public sealed record GlobalTraffic(
    long Requests, long Sectors, long IdealSectors, long Lines, long BytesAsked, long AtomicAddresses, long AtomicConflicts)
{
    /// <summary>Sectors a request; 4 for a coalesced access of 4 bytes a lane.</summary>
    public double SectorsPerRequest => Requests == 0 ? 0 : (double)Sectors / Requests;

    /// <summary>Bytes asked for over bytes moved, in [0, 1].</summary>
    public double Efficiency => Sectors == 0 ? 1 : BytesAsked / (32.0 * Sectors);

    /// <summary>Both added.</summary>
    public static GlobalTraffic operator +(GlobalTraffic left, GlobalTraffic right) => new(
        left.Requests + right.Requests,
        left.Sectors + right.Sectors,
        left.IdealSectors + right.IdealSectors,
        left.Lines + right.Lines,
        left.BytesAsked + right.BytesAsked,
        left.AtomicAddresses + right.AtomicAddresses,
        left.AtomicConflicts + right.AtomicConflicts);
}

/// <summary>Traffic of shared memory: 32 banks of 4 bytes.</summary>
/// <param name="Requests">Warp instructions that access shared memory, asynchronous copies into it included.</param>
/// <param name="Wavefronts">Passes over the banks that they need.</param>
/// <param name="IdealWavefronts">Passes that they would need without bank conflicts.</param>
public sealed record SharedTraffic(long Requests, long Wavefronts, long IdealWavefronts)
{
    /// <summary>Passes that bank conflicts cost.</summary>
    public long BankConflicts => Wavefronts - IdealWavefronts;

    /// <summary>Both added.</summary>
    public static SharedTraffic operator +(SharedTraffic left, SharedTraffic right) =>
        new(left.Requests + right.Requests, left.Wavefronts + right.Wavefronts, left.IdealWavefronts + right.IdealWavefronts);
}
