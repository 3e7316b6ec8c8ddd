using System.Runtime.Intrinsics;

namespace Mimir.Kernels.Ptx.Emulation;

/// <summary>Elements of mma's factors: how a register's 32 lanes hold a piece of a matrix, row by row. Lane 4 g + t holds row g; the lanes of a
/// register one behind the other are 8 rows of 4 words, or of 8 halves.</summary>
internal unsafe interface IFactor
{
    /// <summary>Columns of k in one register.</summary>
    static abstract int Width { get; }

    /// <summary>Unpacks a register into 8 rows of <see cref="Width"/> f32 values.</summary>
    static abstract void Unpack(byte* register, float* rows, int stride);
}

/// <summary>f16 and bf16 factors.</summary>
internal readonly unsafe struct HalfFactor<TFormat> : IFactor where TFormat : IHalfFormat
{
    public static int Width => 8;

    public static void Unpack(byte* register, float* rows, int stride)
    {
        for (var row = 0; row < 8; row += 2)
        {
            var (low, high) = Vector256.Widen(Vector256.Load((ushort*)register + 8 * row));
            var values = TFormat.Widen(Vector512.Create(low, high)).AsSingle();
            values.GetLower().Store(rows + row * stride);
            values.GetUpper().Store(rows + (row + 1) * stride);
        }
    }
}

/// <summary>tf32 factors: the low 13 bits are ignored.</summary>
internal readonly unsafe struct TensorFloatFactor : IFactor
{
    public static int Width => 4;

    public static void Unpack(byte* register, float* rows, int stride)
    {
        for (var row = 0; row < 8; row++)
            (Vector128.Load((uint*)register + 4 * row) & Vector128.Create(0xFFFF_E000u)).AsSingle().Store(rows + row * stride);
    }
}

/// <summary>The accumulators of mma: 16 rows of 8 columns.</summary>
internal unsafe interface IAccumulator
{
    static abstract void Unpack(byte* r, int* registers, float* rows);

    static abstract void Pack(byte* r, int* registers, float* rows);

    /// <summary>Rounds f64 sums once.</summary>
    static abstract void Round(double* sums, float* rows);

    /// <summary>Rounds one sum of a hardware model: <paramref name="significand"/> · 2^<paramref name="exponent"/>.</summary>
    static abstract float Round(long significand, int exponent);
}

/// <summary>f32: columns 2 t and 2 t + 1 of row g in the first two registers, of row g + 8 in the others.</summary>
internal readonly unsafe struct SingleAccumulator : IAccumulator
{
    public static void Unpack(byte* r, int* registers, float* rows)
    {
        for (var row = 0; row < 16; row++)
        {
            var (even, odd) = Pair(r, registers, row);
            var both = Vector256.Create(Vector128.Load(even), Vector128.Load(odd));
            Vector256.Shuffle(both, Vector256.Create(0, 4, 1, 5, 2, 6, 3, 7)).Store(rows + 8 * row);
        }
    }

    public static void Pack(byte* r, int* registers, float* rows)
    {
        for (var row = 0; row < 16; row++)
        {
            var (even, odd) = Pair(r, registers, row);
            var both = Vector256.Shuffle(Vector256.Load(rows + 8 * row), Vector256.Create(0, 2, 4, 6, 1, 3, 5, 7));
            both.GetLower().Store(even);
            both.GetUpper().Store(odd);
        }
    }

    public static void Round(double* sums, float* rows)
    {
        for (var n = 0; n < 128; n += 16)
            Float32.Canonical(Vector512.Narrow(Vector512.Load(sums + n), Vector512.Load(sums + n + 8))).Store((uint*)rows + n);
    }

    /// <summary>Truncated toward zero.</summary>
    public static float Round(long significand, int exponent) => MmaModels.Truncate(significand, exponent);

    private static Registers Pair(byte* r, int* registers, int row)
    {
        var half = row / 8 * 2;
        return new((float*)(r + registers[half]) + row % 8 * 4, (float*)(r + registers[half + 1]) + row % 8 * 4);
    }

    private readonly struct Registers(float* even, float* odd)
    {
        public void Deconstruct(out float* evenColumns, out float* oddColumns)
        {
            evenColumns = even;
            oddColumns = odd;
        }
    }
}

/// <summary>f16: a register holds columns 2 t and 2 t + 1 of row g, the second one of row g + 8.</summary>
internal readonly unsafe struct HalfAccumulator : IAccumulator
{
    public static void Unpack(byte* r, int* registers, float* rows)
    {
        HalfFactor<Float16>.Unpack(r + registers[0], rows, 8);
        HalfFactor<Float16>.Unpack(r + registers[1], rows + 64, 8);
    }

    public static void Pack(byte* r, int* registers, float* rows)
    {
        for (var half = 0; half < 2; half++)
        {
            var d = (ushort*)(r + registers[half]);
            for (var n = 0; n < 64; n += 32)
            {
                var low = Float16.Narrow(Vector512.Load((uint*)rows + 64 * half + n));
                var high = Float16.Narrow(Vector512.Load((uint*)rows + 64 * half + n + 16));
                Vector512.Narrow(low, high).Store(d + n);
            }
        }
    }

    /// <summary>Once to f16; the f32 value is exact.</summary>
    public static void Round(double* sums, float* rows)
    {
        for (var n = 0; n < 128; n++)
            rows[n] = (float)HalfFormat.Value(HalfFormat.Narrow(sums[n], FloatFormat.Half, RoundingMode.NearestEven), isBFloat16: false);
    }

    /// <summary>To nearest even.</summary>
    public static float Round(long significand, int exponent) =>
        (float)HalfFormat.Value(HalfFormat.Narrow(Math.ScaleB(significand, exponent), FloatFormat.Half, RoundingMode.NearestEven), isBFloat16: false);
}
