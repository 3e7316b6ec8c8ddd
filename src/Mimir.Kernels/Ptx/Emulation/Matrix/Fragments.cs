using System.Runtime.Intrinsics;

namespace Mimir.Kernels.Ptx.Emulation;

/// <summary>Elements of mma's factors: how a register's 32 lanes hold a piece of a matrix, row by row. Lane 4 g + t holds row g; the lanes of a
/// register one behind the other are 8 rows of 4 words, or of 8 halves.</summary>
internal unsafe interface IFactor
{
    /// <summary>Columns of k in one register.</summary>
    static abstract int Width { get; }

    /// <summary>Unpacks a register into 8 rows of <see cref="Width"/> values.</summary>
    static abstract void Unpack(byte* register, double* rows, int stride);
}

/// <summary>f16 and bf16 factors.</summary>
internal readonly unsafe struct HalfFactor<TFormat> : IFactor where TFormat : IHalfFormat
{
    public static int Width => 8;

    public static void Unpack(byte* register, double* rows, int stride)
    {
        for (var row = 0; row < 8; row += 2)
        {
            var (low, high) = Vector256.Widen(Vector256.Load((ushort*)register + 8 * row));
            var (first, second) = Vector512.Widen(TFormat.Widen(Vector512.Create(low, high)).AsSingle());
            first.Store(rows + row * stride);
            second.Store(rows + (row + 1) * stride);
        }
    }
}

/// <summary>tf32 factors: the low 13 bits are ignored.</summary>
internal readonly unsafe struct TensorFloatFactor : IFactor
{
    public static int Width => 4;

    public static void Unpack(byte* register, double* rows, int stride)
    {
        for (var row = 0; row < 8; row += 2)
        {
            var (first, second) = Vector256.Widen((Vector256.Load((uint*)register + 4 * row) & Vector256.Create(0xFFFF_E000u)).AsSingle());
            first.Store(rows + row * stride);
            second.Store(rows + (row + 1) * stride);
        }
    }
}

/// <summary>The accumulators of mma: 16 rows of 8 columns.</summary>
internal unsafe interface IAccumulator
{
    static abstract void Unpack(byte* r, int* registers, double* rows);

    /// <summary>Rounds to nearest even and packs.</summary>
    static abstract void Pack(byte* r, int* registers, double* rows);

    /// <summary>Rounds one sum of a hardware model: <paramref name="significand"/> · 2^<paramref name="exponent"/>.</summary>
    static abstract double Round(long significand, int exponent);
}

/// <summary>f32: columns 2 t and 2 t + 1 of row g in the first two registers, of row g + 8 in the others.</summary>
internal readonly unsafe struct SingleAccumulator : IAccumulator
{
    /// <summary>Two rows: the even columns of both, four each, and the odd ones.</summary>
    public static void Unpack(byte* r, int* registers, double* rows)
    {
        for (var row = 0; row < 16; row += 2)
        {
            var at = row % 8 * 4;
            var both = Vector512.Create(
                Vector256.Load((float*)(r + registers[row / 8 * 2]) + at), Vector256.Load((float*)(r + registers[row / 8 * 2 + 1]) + at));
            var (first, second) = Vector512.Widen(
                Vector512.Shuffle(both, Vector512.Create(0, 8, 1, 9, 2, 10, 3, 11, 4, 12, 5, 13, 6, 14, 7, 15)));
            first.Store(rows + 8 * row);
            second.Store(rows + 8 * row + 8);
        }
    }

    public static void Pack(byte* r, int* registers, double* rows)
    {
        for (var row = 0; row < 16; row += 2)
        {
            var at = row % 8 * 4;
            var both = Float32.Canonical(Vector512.Narrow(Vector512.Load(rows + 8 * row), Vector512.Load(rows + 8 * row + 8)));
            both = Vector512.Shuffle(both, Vector512.Create(0u, 2, 4, 6, 8, 10, 12, 14, 1, 3, 5, 7, 9, 11, 13, 15));
            both.GetLower().Store((uint*)(r + registers[row / 8 * 2]) + at);
            both.GetUpper().Store((uint*)(r + registers[row / 8 * 2 + 1]) + at);
        }
    }

    /// <summary>Truncated toward zero.</summary>
    public static double Round(long significand, int exponent) => MmaModels.Truncate(significand, exponent);
}

/// <summary>f16: a register holds columns 2 t and 2 t + 1 of row g, the second one of row g + 8.</summary>
internal readonly unsafe struct HalfAccumulator : IAccumulator
{
    public static void Unpack(byte* r, int* registers, double* rows)
    {
        HalfFactor<Float16>.Unpack(r + registers[0], rows, 8);
        HalfFactor<Float16>.Unpack(r + registers[1], rows + 64, 8);
    }

    /// <summary>Rounded once to f16.</summary>
    public static void Pack(byte* r, int* registers, double* rows)
    {
        for (var n = 0; n < 128; n++)
            ((ushort*)(r + registers[n / 64]))[n % 64] = (ushort)HalfFormat.Narrow(rows[n], FloatFormat.Half, RoundingMode.NearestEven);
    }

    /// <summary>Left as it is, for packing rounds: f64 holds every sum of a step.</summary>
    public static double Round(long significand, int exponent) => Math.ScaleB(significand, exponent);
}
