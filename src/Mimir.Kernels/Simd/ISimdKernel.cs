using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using Mimir.Kernels.Devices;

namespace Mimir.Kernels.Simd;

/// <summary>A kernel body: an unmanaged struct that holds addresses and sizes, generic over the vector width.</summary>
internal interface ISimdKernel
{
    /// <summary>Does the tasks in [<paramref name="from"/>, <paramref name="to"/>). What a task is, the kernel's shapes alone decide;
    /// no result may depend on how the tasks are grouped into calls.</summary>
    void Run<S, V>(int from, int to) where S : struct, ISimd<V> where V : unmanaged;
}

/// <summary>As <see cref="ISimdKernel"/>, for kernels whose arithmetic is float64.</summary>
internal interface IDoubleKernel
{
    /// <summary>Does the tasks in [<paramref name="from"/>, <paramref name="to"/>), as <see cref="ISimdKernel.Run"/> does.</summary>
    void Run<L, D>(int from, int to) where L : struct, IDoubleLanes<D> where D : unmanaged;
}

/// <summary>Runs kernels on the host's team at the device's width. This is the only place that knows the list of widths.</summary>
internal static unsafe class SimdLoop
{
    /// <summary>Runs all <paramref name="tasks"/> of a kernel, shared by the team (or on this thread, inside a step's lane).</summary>
    public static void For<TKernel>(this HostDevice device, int tasks, TKernel kernel) where TKernel : unmanaged, ISimdKernel
    {
        delegate*<void*, int, int, void> body = device.Width switch
        {
            SimdWidth.Bits512 => &Body<TKernel, Simd512, Vector512<float>>,
            SimdWidth.Bits256 => &Body<TKernel, Simd256, Vector256<float>>,
            SimdWidth.Bits128 => &Body<TKernel, Simd128, Vector128<float>>,
            _ => &Body<TKernel, SimdScalar, float>,
        };
        device.Team.Run(body, &kernel, tasks);
    }

    /// <summary>Runs all <paramref name="tasks"/> of a float64 kernel, as <see cref="For{TKernel}"/> does.</summary>
    public static void ForDoubles<TKernel>(this HostDevice device, int tasks, TKernel kernel) where TKernel : unmanaged, IDoubleKernel
    {
        delegate*<void*, int, int, void> body = device.Width switch
        {
            SimdWidth.Bits512 => &DoubleBody<TKernel, Doubles512, Vector512<double>>,
            SimdWidth.Bits256 => &DoubleBody<TKernel, Doubles256, Vector256<double>>,
            SimdWidth.Bits128 => &DoubleBody<TKernel, Doubles128, Vector128<double>>,
            _ => &DoubleBody<TKernel, DoublesScalar, double>,
        };
        device.Team.Run(body, &kernel, tasks);
    }

    /// <summary>Number of tasks of <paramref name="grain"/> items each that cover <paramref name="items"/>.</summary>
    public static int Tasks(long items, long grain) => checked((int)((items + grain - 1) / grain));

    private static void Body<TKernel, S, V>(void* state, int from, int to)
        where TKernel : unmanaged, ISimdKernel
        where S : struct, ISimd<V>
        where V : unmanaged => ((TKernel*)state)->Run<S, V>(from, to);

    private static void DoubleBody<TKernel, L, D>(void* state, int from, int to)
        where TKernel : unmanaged, IDoubleKernel
        where L : struct, IDoubleLanes<D>
        where D : unmanaged => ((TKernel*)state)->Run<L, D>(from, to);
}
