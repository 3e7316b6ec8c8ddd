namespace Mimir.Kernels.Simd;

/// <summary>Sums whose bits are the same at every vector width and on a GPU: 256 float64 partial sums, which a block of as many threads
/// holds one a thread, added up by halving. A kernel says which elements go into which partial sum, and in which order.</summary>
internal static unsafe class PartialSums
{
    /// <summary>How many there are; a multiple of every width.</summary>
    public const int Count = 256;

    /// <summary>The sum of all: s[i] + s[i + 128] for i below 128, of these i + 64, and so on. Overwrites them.</summary>
    public static double Total<L, D>(double* sums) where L : struct, IDoubleLanes<D> where D : unmanaged
    {
        for (var half = Count / 2; half > 0; half /= 2)
        {
            var i = 0;
            for (; i <= half - L.Lanes; i += L.Lanes)
                L.Store(sums + i, L.Add(L.Load(sums + i), L.Load(sums + i + half)));
            for (; i < half; i++)
                sums[i] += sums[i + half];
        }

        return sums[0];
    }
}
