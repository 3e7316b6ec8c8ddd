using System.Runtime.CompilerServices;

namespace Mimir.Kernels.Devices;

/// <summary>The argument checks of kernel entries. They build their message only when they fail.</summary>
internal static class Contract
{
    /// <summary>Requires a span of exactly <paramref name="expected"/> elements.</summary>
    /// <exception cref="ShapeException">It has another length.</exception>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Elements<T>(DeviceSpan<T> span, long expected, string entry, string name, string shape) where T : unmanaged
    {
        if (span.Length != expected)
            Fail(span.Length, expected, entry, name, shape);
    }

    /// <summary>As <see cref="Elements{T}"/>, where the empty span stands for "not wanted".</summary>
    /// <exception cref="ShapeException">It is neither empty nor of that length.</exception>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void ElementsOrEmpty<T>(DeviceSpan<T> span, long expected, string entry, string name, string shape) where T : unmanaged
    {
        if (!span.IsEmpty && span.Length != expected)
            Fail(span.Length, expected, entry, name, shape);
    }

    /// <summary>Requires a condition on sizes.</summary>
    /// <exception cref="ShapeException">It does not hold.</exception>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Require(bool condition, string entry, string message)
    {
        if (!condition)
            throw new ShapeException($"{entry}: {message}");
    }

    private static void Fail(long given, long expected, string entry, string name, string shape) =>
        throw new ShapeException($"{entry}: {name} has {given} elements, expected {expected} for {shape}");
}
