using System.Runtime.InteropServices;
using Mimir.Kernels.Devices;
using Mimir.Kernels.Ptx.Emulation;
using Mimir.Kernels.Simd;

namespace Mimir.Kernels.Tests;

/// <summary>What every kernel owes: the same bits however its tasks are shared, and no managed allocation in a call.</summary>
internal static class KernelInvariants
{
    /// <summary>Requires that <paramref name="run"/> gives equal bytes with 1, 2 and 3 threads, and inside one lane of a team.</summary>
    public static void AssertSameBits<T>(Func<HostDevice, T[]> run, string what) where T : unmanaged
    {
        T[]? expected = null;
        foreach (var threads in new[] { 1, 2, 3 })
        {
            using var device = KernelCases.WithThreads(threads);
            var shared = run(device);
            expected ??= shared;
            Assert.That(SameBytes(shared, expected), Is.True, $"{what}: {threads} threads against 1");
            var inside = new InsideLane<T>(() => run(device));
            device.Team.Run(inside, 2);
            Assert.That(SameBytes(inside.Result!, expected), Is.True, $"{what}: inside a lane of {threads}");
        }
    }

    /// <summary>Requires that <paramref name="run"/> gives equal results on the emulator in every order of warps, with the data of asynchronous copies
    /// arriving early or late, and that its checks find nothing.</summary>
    public static void AssertSchedulesAgree(Func<Device, float[][]> run, string what, MatrixPrecision precision = MatrixPrecision.Float32)
    {
        float[][]? expected = null;
        foreach (var options in new EmulatorOptions[]
        {
            new() { Schedule = WarpSchedule.InOrder },
            new() { Schedule = WarpSchedule.Random, Seed = 11, AsyncCopy = AsyncCopyModel.Eager },
            new() { Schedule = WarpSchedule.Random, Seed = 12 },
            new() { Schedule = WarpSchedule.Adversarial },
        })
        {
            using var device = PtxDevice.OpenEmulator(options with { Checks = EmulatorChecks.All }, precision);
            var results = run(device);
            expected ??= results;
            Assert.That(results, Is.EqualTo(expected), $"{what}, {device}");
            Assert.That(device.Emulator!.Findings.Diagnostics, Is.Empty, $"{what}, {device}");
        }
    }

    /// <summary>Requires that PTX kernels give equal bytes in whatever order blocks and warps run, on a card too where there is one, and
    /// wherever arrays begin.</summary>
    public static void AssertSameBitsInAnyOrderAndPlace<T>(Func<ShiftedMemory, T[]> run, string what) where T : unmanaged
    {
        T[]? expected = null;
        foreach (var device in KernelCases.Devices.OfType<PtxDevice>())
        foreach (var shift in new[] { 0, 1 })
        {
            using var memory = new ShiftedMemory(device, shift);
            var bytes = run(memory);
            expected ??= bytes;
            Assert.That(SameBytes(bytes, expected), Is.True, $"{what}: {device}, shifted by {shift}");
        }
    }

    /// <summary>Requires that a warm call allocates nothing on the managed heap.</summary>
    public static void AssertNoAllocation(Action call, string what)
    {
        for (var i = 0; i < 3; i++)
            call();
        var before = GC.GetAllocatedBytesForCurrentThread();
        call();
        Assert.That(GC.GetAllocatedBytesForCurrentThread() - before, Is.Zero, what);
    }

    private static bool SameBytes<T>(T[] a, T[] b) where T : unmanaged =>
        MemoryMarshal.AsBytes<T>(a).SequenceEqual(MemoryMarshal.AsBytes<T>(b));

    private sealed class InsideLane<T>(Func<T[]> run) : ITeamWork
    {
        public T[]? Result { get; private set; }

        public void Run(int task, int lane)
        {
            if (task == 0)
                Result = run();
        }
    }
}
