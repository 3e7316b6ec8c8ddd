using System.Runtime.CompilerServices;
using Mimir.Kernels.Simd;

namespace Mimir.Kernels;

/// <summary>A function of one element: y = f(x).</summary>
internal interface IUnaryOperator
{
    /// <summary>The function on all lanes.</summary>
    V Apply<S, V>(V x) where S : struct, ISimd<V> where V : unmanaged;
}

/// <summary>A function of two elements: y = f(a, b).</summary>
internal interface IBinaryOperator
{
    /// <summary>The function on all lanes.</summary>
    V Apply<S, V>(V a, V b) where S : struct, ISimd<V> where V : unmanaged;
}

/// <summary>The cut of element-wise kernels into tasks.</summary>
internal static class ElementGrain
{
    /// <summary>Elements a task: 64 KB an operand, so that a task outlasts its hand-off by far and stays in the second-level cache.</summary>
    public const int Elements = 16384;

    /// <summary>The number of tasks for <paramref name="count"/> elements.</summary>
    public static int Tasks(long count) => SimdLoop.Tasks(count, Elements);
}

/// <summary>y[i] = f(x[i]); every element is read before it is written, so y may be x.</summary>
internal readonly unsafe struct UnaryMap<TOperator>(TOperator function, float* x, float* y, long count) : ISimdKernel
    where TOperator : unmanaged, IUnaryOperator
{
    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public void Run<S, V>(int from, int to) where S : struct, ISimd<V> where V : unmanaged
    {
        // Locals, as the compiler must assume that a store changes the fields.
        var f = function;
        float* source = x, destination = y;
        var end = Math.Min(count, (long)to * ElementGrain.Elements);
        var i = (long)from * ElementGrain.Elements;
        for (; i + S.Lanes <= end; i += S.Lanes)
            S.Store(destination + i, f.Apply<S, V>(S.Load(source + i)));
        var left = (int)(end - i);
        if (left > 0)
            S.StorePartial(destination + i, f.Apply<S, V>(S.LoadPartial(source + i, left)), left);
    }
}

/// <summary>y[i] = f(a[i], b[i]); every element is read before it is written, so y may be a or b.</summary>
internal readonly unsafe struct BinaryMap<TOperator>(TOperator function, float* a, float* b, float* y, long count) : ISimdKernel
    where TOperator : unmanaged, IBinaryOperator
{
    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public void Run<S, V>(int from, int to) where S : struct, ISimd<V> where V : unmanaged
    {
        var f = function;
        float* left = a, right = b, destination = y;
        var end = Math.Min(count, (long)to * ElementGrain.Elements);
        var i = (long)from * ElementGrain.Elements;
        for (; i + S.Lanes <= end; i += S.Lanes)
            S.Store(destination + i, f.Apply<S, V>(S.Load(left + i), S.Load(right + i)));
        var rest = (int)(end - i);
        if (rest > 0)
            S.StorePartial(destination + i, f.Apply<S, V>(S.LoadPartial(left + i, rest), S.LoadPartial(right + i, rest)), rest);
    }
}
