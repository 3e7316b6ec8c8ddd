using System.Diagnostics;
using Mimir.Kernels.Devices;
using Mimir.Runtime.Models;

namespace Mimir.Benchmarks;

/// <summary>Whole training steps: attack, forward, backward, penalty, optimiser and packing. Prints images a second, the share of the machine's
/// multiply-add peak by the usual count of work (matrix products and attention, of full-size operands), and the step by kernel.</summary>
internal static class StepBenchmark
{
    private const int Side = 32;
    private const int Channels = 3;
    private const int Classes = 10;
    private const int Warmups = 2;

    private static readonly (string Model, int Patch, int Batch)[] s_cases = [("vit_ti", 4, 128), ("vit_ti", 2, 64), ("vit_small", 4, 64)];

    /// <summary>Runs the cases.</summary>
    /// <param name="args"><c>--threads N</c> (default all), <c>--repetitions N</c> (default 5), <c>--case N</c> (default all three).</param>
    public static void Run(string[] args)
    {
        var only = Measurement.Option(args, "--case", -1);
        var repetitions = Measurement.Option(args, "--repetitions", 5);
        using var host = new HostDevice(Measurement.Option(args, "--threads", 0));
        for (var i = 0; i < s_cases.Length; i++)
        {
            if (only >= 0 && i != only)
                continue;
            var (name, patch, batch) = s_cases[i];
            var encoder = Presets.Encoder(name, Side, Channels, patch);
            using (var step = StepUnderTest.Pretraining(host, encoder, batch))
                Measure(host, $"pre-training {name} p{patch} b{batch}", step, batch, StepWork.Pretraining(encoder), repetitions);
            using (var step = StepUnderTest.Finetuning(host, encoder, Classes, batch, attackSteps: 10))
                Measure(host, $"fine-tuning PGD-10 {name} p{patch} b{batch}", step, batch, StepWork.Finetuning(encoder, Classes, attackSteps: 10), repetitions);
        }
    }

    private static void Measure(HostDevice host, string title, StepUnderTest step, int batch, double flopsOfImage, int repetitions)
    {
        for (var i = 0; i < Warmups; i++)
            step.Run();
        var seconds = new double[repetitions];
        var allocated = GC.GetTotalAllocatedBytes(precise: true);
        for (var i = 0; i < repetitions; i++)
        {
            var start = Stopwatch.GetTimestamp();
            step.Run();
            seconds[i] = Stopwatch.GetElapsedTime(start).TotalSeconds;
        }

        allocated = GC.GetTotalAllocatedBytes(precise: true) - allocated;
        Array.Sort(seconds);
        var peak = MachinePeak.GigaflopsPerSecond(host);
        var median = seconds[repetitions / 2];
        Console.WriteLine();
        Console.WriteLine(
            $"{title}: {batch / median:F1} images/s (best {batch / seconds[0]:F1}), {flopsOfImage / 1e9:F3} GFLOP an image, "
                + $"{flopsOfImage * batch / median / 1e9 / peak:P0} of {peak:F0} GFLOP/s, {host.Team.Threads} threads, "
                + $"{Process.GetCurrentProcess().WorkingSet64 >> 20} MiB resident, {allocated / repetitions} bytes allocated a step");
        var times = new KernelTimes();
        host.Listener = times;
        step.Run();
        host.Listener = null;
        times.Print(peak / host.Team.Threads);
    }
}
