using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace Mimir.Kernels.Simd;

/// <summary>The few float64 register operations that kernels need whose sums are float64, once for every width. Sources are float32.</summary>
/// <typeparam name="D">The register type, or <c>double</c> for the scalar form.</typeparam>
internal unsafe interface IDoubleLanes<D> where D : unmanaged
{
    /// <summary>Doubles in a register.</summary>
    static abstract int Lanes { get; }

    /// <summary>One value in every lane.</summary>
    static abstract D Broadcast(double value);

    /// <summary>Reads <see cref="Lanes"/> doubles.</summary>
    static abstract D Load(double* source);

    /// <summary>Writes <see cref="Lanes"/> doubles.</summary>
    static abstract void Store(double* destination, D value);

    /// <summary>Reads <see cref="Lanes"/> floats and widens them, exactly.</summary>
    static abstract D Widen(float* source);

    /// <summary>Rounds to float and writes <see cref="Lanes"/> of them.</summary>
    static abstract void Narrow(float* destination, D value);

    /// <summary>a + b.</summary>
    static abstract D Add(D a, D b);

    /// <summary>a − b.</summary>
    static abstract D Subtract(D a, D b);

    /// <summary>a · b.</summary>
    static abstract D Multiply(D a, D b);

    /// <summary>a · b + c with one rounding.</summary>
    static abstract D FusedMultiplyAdd(D a, D b, D c);

    /// <summary>Absolute value.</summary>
    static abstract D Abs(D a);

    /// <summary>Where a &lt; b picks <paramref name="whenLess"/>, elsewhere (NaN included) <paramref name="otherwise"/>.</summary>
    static abstract D SelectLess(D a, D b, D whenLess, D otherwise);

    /// <summary>Sum of all lanes, by halving.</summary>
    static abstract double Sum(D a);
}

/// <summary>8 doubles a register.</summary>
internal readonly unsafe struct Doubles512 : IDoubleLanes<Vector512<double>>
{
    /// <inheritdoc/>
    public static int Lanes => 8;

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<double> Broadcast(double value) => Vector512.Create(value);

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<double> Load(double* source) => Vector512.Load(source);

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Store(double* destination, Vector512<double> value) => value.Store(destination);

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<double> Widen(float* source) => Avx512F.ConvertToVector512Double(Vector256.Load(source));

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Narrow(float* destination, Vector512<double> value) => Avx512F.ConvertToVector256Single(value).Store(destination);

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<double> Add(Vector512<double> a, Vector512<double> b) => a + b;

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<double> Subtract(Vector512<double> a, Vector512<double> b) => a - b;

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<double> Multiply(Vector512<double> a, Vector512<double> b) => a * b;

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<double> FusedMultiplyAdd(Vector512<double> a, Vector512<double> b, Vector512<double> c) =>
        Vector512.FusedMultiplyAdd(a, b, c);

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<double> Abs(Vector512<double> a) => Vector512.Abs(a);

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<double> SelectLess(
        Vector512<double> a, Vector512<double> b, Vector512<double> whenLess, Vector512<double> otherwise) =>
        Vector512.ConditionalSelect(Vector512.LessThan(a, b), whenLess, otherwise);

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static double Sum(Vector512<double> a) => Doubles256.Sum(a.GetLower() + a.GetUpper());
}

/// <summary>4 doubles a register.</summary>
internal readonly unsafe struct Doubles256 : IDoubleLanes<Vector256<double>>
{
    /// <inheritdoc/>
    public static int Lanes => 4;

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector256<double> Broadcast(double value) => Vector256.Create(value);

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector256<double> Load(double* source) => Vector256.Load(source);

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Store(double* destination, Vector256<double> value) => value.Store(destination);

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector256<double> Widen(float* source) => Avx.ConvertToVector256Double(Vector128.Load(source));

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Narrow(float* destination, Vector256<double> value) => Avx.ConvertToVector128Single(value).Store(destination);

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector256<double> Add(Vector256<double> a, Vector256<double> b) => a + b;

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector256<double> Subtract(Vector256<double> a, Vector256<double> b) => a - b;

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector256<double> Multiply(Vector256<double> a, Vector256<double> b) => a * b;

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector256<double> FusedMultiplyAdd(Vector256<double> a, Vector256<double> b, Vector256<double> c) =>
        Vector256.FusedMultiplyAdd(a, b, c);

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector256<double> Abs(Vector256<double> a) => Vector256.Abs(a);

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector256<double> SelectLess(
        Vector256<double> a, Vector256<double> b, Vector256<double> whenLess, Vector256<double> otherwise) =>
        Vector256.ConditionalSelect(Vector256.LessThan(a, b), whenLess, otherwise);

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static double Sum(Vector256<double> a) => Doubles128.Sum(a.GetLower() + a.GetUpper());
}

/// <summary>2 doubles a register.</summary>
internal readonly unsafe struct Doubles128 : IDoubleLanes<Vector128<double>>
{
    /// <inheritdoc/>
    public static int Lanes => 2;

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector128<double> Broadcast(double value) => Vector128.Create(value);

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector128<double> Load(double* source) => Vector128.Load(source);

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Store(double* destination, Vector128<double> value) => value.Store(destination);

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector128<double> Widen(float* source) => Vector128.Create(source[0], (double)source[1]);

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Narrow(float* destination, Vector128<double> value)
    {
        destination[0] = (float)value.GetElement(0);
        destination[1] = (float)value.GetElement(1);
    }

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector128<double> Add(Vector128<double> a, Vector128<double> b) => a + b;

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector128<double> Subtract(Vector128<double> a, Vector128<double> b) => a - b;

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector128<double> Multiply(Vector128<double> a, Vector128<double> b) => a * b;

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector128<double> FusedMultiplyAdd(Vector128<double> a, Vector128<double> b, Vector128<double> c) =>
        Vector128.FusedMultiplyAdd(a, b, c);

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector128<double> Abs(Vector128<double> a) => Vector128.Abs(a);

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector128<double> SelectLess(
        Vector128<double> a, Vector128<double> b, Vector128<double> whenLess, Vector128<double> otherwise) =>
        Vector128.ConditionalSelect(Vector128.LessThan(a, b), whenLess, otherwise);

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static double Sum(Vector128<double> a) => a.GetElement(0) + a.GetElement(1);
}

/// <summary>One double at a time.</summary>
internal readonly unsafe struct DoublesScalar : IDoubleLanes<double>
{
    /// <inheritdoc/>
    public static int Lanes => 1;

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static double Broadcast(double value) => value;

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static double Load(double* source) => *source;

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Store(double* destination, double value) => *destination = value;

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static double Widen(float* source) => *source;

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Narrow(float* destination, double value) => *destination = (float)value;

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static double Add(double a, double b) => a + b;

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static double Subtract(double a, double b) => a - b;

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static double Multiply(double a, double b) => a * b;

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static double FusedMultiplyAdd(double a, double b, double c) => Math.FusedMultiplyAdd(a, b, c);

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static double Abs(double a) => Math.Abs(a);

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static double SelectLess(double a, double b, double whenLess, double otherwise) => a < b ? whenLess : otherwise;

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static double Sum(double a) => a;
}
