namespace Mimir.Runtime.Corruptions.Jpeg;

/// <summary>The 8x8 discrete cosine transform in integers (Loeffler, Ligtenberg and Moschytz 1989, "Practical fast 1-D DCT algorithms with 11
/// multiplications"), with the word lengths of libjpeg's accurate method, so that results agree with it to the bit: constants of 13 bits,
/// two more bits between the passes, and coefficients that are eight times those of the orthonormal transform.</summary>
internal static class DiscreteCosine
{
    /// <summary>Rows, and columns, of a block.</summary>
    public const int Size = 8;

    private const int ConstantBits = 13;
    private const int PassBits = 2;
    private const int InverseBits = 3; // takes back the factor 8

    // Sums and differences of cosines of the paper's flow graph, times 2^13.
    private const int C0298631336 = 2446;
    private const int C0390180644 = 3196;
    private const int C0541196100 = 4433;
    private const int C0765366865 = 6270;
    private const int C0899976223 = 7373;
    private const int C1175875602 = 9633;
    private const int C1501321110 = 12299;
    private const int C1847759065 = 15137;
    private const int C1961570560 = 16069;
    private const int C2053119869 = 16819;
    private const int C2562915447 = 20995;
    private const int C3072711026 = 25172;

    /// <summary>Samples around 0 to coefficients.</summary>
    /// <param name="block">[8, 8], in place.</param>
    public static void Forward(Span<int> block)
    {
        for (var row = 0; row < Size; row++)
            Forward(block[(row * Size)..], 1, ConstantBits - PassBits);
        for (var column = 0; column < Size; column++)
            Forward(block[column..], Size, ConstantBits + PassBits);
    }

    /// <summary>Coefficients to samples around 0.</summary>
    /// <param name="block">[8, 8], in place; coefficients of the size that quantisation steps have, an eighth of those of <see cref="Forward"/>.</param>
    public static void Inverse(Span<int> block)
    {
        for (var column = 0; column < Size; column++)
            Inverse(block[column..], Size, ConstantBits - PassBits);
        for (var row = 0; row < Size; row++)
            Inverse(block[(row * Size)..], 1, ConstantBits + PassBits + InverseBits);
    }

    private static void Forward(Span<int> x, int step, int shift)
    {
        var (s0, d0) = Butterfly(x[0], x[7 * step]);
        var (s1, d1) = Butterfly(x[step], x[6 * step]);
        var (s2, d2) = Butterfly(x[2 * step], x[5 * step]);
        var (s3, d3) = Butterfly(x[3 * step], x[4 * step]);

        var (outer, outerDifference) = Butterfly(s0, s3);
        var (inner, innerDifference) = Butterfly(s1, s2);
        x[0] = Round((outer + inner) << ConstantBits, shift);
        x[4 * step] = Round((outer - inner) << ConstantBits, shift);
        var shared = (innerDifference + outerDifference) * C0541196100;
        x[2 * step] = Round(shared + outerDifference * C0765366865, shift);
        x[6 * step] = Round(shared - innerDifference * C1847759065, shift);

        var (odd7, odd5, odd3, odd1) = Odd(d3, d2, d1, d0);
        x[7 * step] = Round(odd7, shift);
        x[5 * step] = Round(odd5, shift);
        x[3 * step] = Round(odd3, shift);
        x[step] = Round(odd1, shift);
    }

    private static void Inverse(Span<int> x, int step, int shift)
    {
        var shared = (x[2 * step] + x[6 * step]) * C0541196100;
        var (outer, inner) = (shared + x[2 * step] * C0765366865, shared - x[6 * step] * C1847759065);
        var (sum, difference) = ((x[0] + x[4 * step]) << ConstantBits, (x[0] - x[4 * step]) << ConstantBits);
        var (even0, even3) = Butterfly(sum, outer);
        var (even1, even2) = Butterfly(difference, inner);

        var (odd3, odd2, odd1, odd0) = Odd(x[7 * step], x[5 * step], x[3 * step], x[step]);
        (x[0], x[7 * step]) = (Round(even0 + odd0, shift), Round(even0 - odd0, shift));
        (x[step], x[6 * step]) = (Round(even1 + odd1, shift), Round(even1 - odd1, shift));
        (x[2 * step], x[5 * step]) = (Round(even2 + odd2, shift), Round(even2 - odd2, shift));
        (x[3 * step], x[4 * step]) = (Round(even3 + odd3, shift), Round(even3 - odd3, shift));
    }

    /// <summary>The rotations of the odd half; its matrix is symmetric, so both directions use it.</summary>
    private static (int A, int B, int C, int D) Odd(int a, int b, int c, int d)
    {
        var shared = (a + c + b + d) * C1175875602;
        var (ad, bc) = (-(a + d) * C0899976223, -(b + c) * C2562915447);
        var (ac, bd) = (shared - (a + c) * C1961570560, shared - (b + d) * C0390180644);
        return (a * C0298631336 + ad + ac, b * C2053119869 + bc + bd, c * C3072711026 + bc + ac, d * C1501321110 + ad + bd);
    }

    private static (int Sum, int Difference) Butterfly(int a, int b) => (a + b, a - b);

    private static int Round(int value, int shift) => (value + (1 << (shift - 1))) >> shift;
}
