using Mimir.Kernels.Devices;
using Mimir.Kernels.Ptx.Emulation;

namespace Mimir.Kernels.Tests.Devices;

/// <summary>On aligned shapes the kernels between the products touch no sector of global memory that they do not use whole, and no bank of
/// shared memory twice at once.</summary>
internal sealed class AlignedTrafficTests
{
    private const int Batch = 4, Patches = 16, Kept = 8, Channels = 64, Values = 192;

    private static readonly TestCaseData[] s_calls =
    [
        Case("Elementwise", memory =>
        {
            var (x, y) = (Random(memory, 4096), memory.Empty<float>(4096));
            Elementwise.Add(x, x, y);
            Elementwise.Scale(x, 2, y);
            Elementwise.ScaleRows(x, Random(memory, 4), 8, 128, y);
            Elementwise.Copy(x, y);
            Elementwise.Fill(1, y);
        }),
        Case("Reduce", memory =>
        {
            var x = Random(memory, 8192);
            _ = (Reduce.Sum(x), Reduce.SumOfSquares([x, x]), Reduce.AllFinite(x), Reduce.CountZeros(x));
        }),
        Case("AdamW", memory =>
        {
            var (w, g, m, v) = (Random(memory, 8192), Random(memory, 8192), Zeros(memory, 8192), Zeros(memory, 8192));
            AdamW.Step(w, [g], m, v, [new(0, 4096, 1, 0), new(4096, 4096, 1, 0.1f)], new(1e-3f, 0.9f, 0.95f, 1e-8f, 1, 1));
        }),
        Case("Philox", memory =>
        {
            var y = memory.Empty<float>(4096);
            Philox.Uniform(1, 2, 0, 0, 1, y);
            Philox.Normal(1, 2, 4, 0, 1, y);
        }),
        Case("Patchify", memory =>
        {
            var (images, patches) = (Random(memory, Batch * 3 * 32 * 32), memory.Empty<float>(Batch * 3 * 3 * 16 * 16));
            var ids = memory.Place<int>([.. Enumerable.Range(0, Batch).SelectMany(b => new[] { b % 4, (b + 1) % 4, (b + 2) % 4 })]);
            Patchify.Forward(images, Batch, 3, 32, 32, 16, ids, 3, PatchOrder.ChannelRowColumn, patches);
            Patchify.Backward(patches, Batch, 3, 32, 32, 16, ids, 3, PatchOrder.ChannelRowColumn, images);
        }),
        Case("TokenGather", memory =>
        {
            var restore = memory.Place<int>([.. Enumerable.Range(0, Batch * Patches).Select(i => (5 * i + 3) % Patches)]);
            var ids = memory.Place<int>([.. Enumerable.Range(0, Batch * Kept).Select(i => 2 * (i % Kept))]);
            var (token, positions) = (Random(memory, Channels), Random(memory, (Patches + 1) * Channels));
            var tokens = Random(memory, Batch * Kept * Channels);
            var encoded = memory.Empty<float>(Batch * (Kept + 1) * Channels);
            var decoded = memory.Empty<float>(Batch * (Patches + 1) * Channels);
            TokenGather.Embed(tokens, token, positions, ids, Batch, Kept, Patches, Channels, encoded);
            TokenGather.Restore(encoded, token, positions, restore, Batch, Kept, Patches, Channels, decoded);
            TokenGather.RestoreBackward(decoded, restore, Batch, Kept, Patches, Channels, encoded, token);
            TokenGather.EmbedBackward(encoded, ids, Batch, Kept, Patches, Channels, tokens, token, positions);
        }),
        Case("TokenPool", memory =>
        {
            var (x, y) = (Random(memory, Batch * Patches * Channels), memory.Empty<float>(Batch * Channels));
            TokenPool.Mean(x, Batch, Patches, Channels, y);
            TokenPool.MeanBackward(y, Batch, Patches, Channels, x);
            TokenPool.Class(x, Batch, Patches, Channels, y);
            TokenPool.ClassBackward(y, Batch, Patches, Channels, x);
        }),
        Case("MaskedMse", memory =>
        {
            var (prediction, target) = (Random(memory, Batch * (Patches + 1) * Values), Random(memory, Batch * Patches * Values));
            var mask = memory.Place<float>([.. Enumerable.Range(0, Batch * Patches).Select(i => i % 4 > 0 ? 1f : 0f)]);
            var losses = memory.Empty<float>(Batch);
            var (dPrediction, dTarget) = (memory.Empty<float>(prediction.Length), memory.Empty<float>(target.Length));
            MaskedMse.Forward(prediction, target, mask, Batch, Patches, Values, true, losses);
            MaskedMse.Backward(prediction, target, mask, Batch, Patches, Values, true, 1, dPrediction, dTarget);
        }),
        Case("RbfGram", memory =>
        {
            var (rows, distances) = (Random(memory, 32 * 128), memory.Empty<double>(32 * 32));
            RbfGram.SquaredDistances(rows, 32, 128, distances);
            RbfGram.Backward(rows, distances, 32, 128, 1, false, memory.Empty<float>(32 * 128));
        }),
        Case("LinfStep", memory =>
        {
            var (x, n, a) = (Random(memory, 4096), Random(memory, 4096), memory.Empty<float>(4096));
            LinfStep.Start(x, n, a);
            LinfStep.Step(n, x, 0.1f, 0.02f, a);
        }),
        Case("L2Step", memory =>
        {
            var (x, n, a) = (Random(memory, 2 * 3072), Random(memory, 2 * 3072), memory.Empty<float>(2 * 3072));
            L2Step.Start(x, n, Random(memory, 2), 2, 3072, 0.5f, a);
            L2Step.Step(n, x, 2, 3072, 0.5f, 0.1f, a);
        }),
        Case("ApgdStep", memory =>
        {
            var (g, x, o, p) = (Random(memory, 2 * 3072), Random(memory, 2 * 3072), Random(memory, 2 * 3072), Random(memory, 2 * 3072));
            var (steps, shares) = (memory.Place<float>([1, 0.5f]), memory.Place<float>([1, 0.75f]));
            ApgdStep.Start(x, g, 2, 3072, 0.1f, p);
            ApgdStep.Linf(g, x, steps, shares, 2, 3072, 0.1f, o, p);
            ApgdStep.L2(g, x, steps, shares, 2, 3072, 0.5f, o, p);
        }),
        Case("Rows", memory =>
        {
            var (x, y) = (Random(memory, 2 * 3072), Random(memory, 2 * 3072));
            Rows.Select(memory.Place([0, 1]), x, 2, 3072, y);
            Rows.Distances(true, x, y, 2, 3072, memory.Empty<float>(2));
            Rows.Distances(false, x, y, 2, 3072, memory.Empty<float>(2));
            Rows.Blend(x, memory.Place<float>([0.9f, 1]), 2, 3072, y);
        }),
    ];

    [TestCaseSource(nameof(s_calls))]
    public void IsIdeal(Action<ShiftedMemory> call)
    {
        using var device = PtxDevice.OpenEmulator(new EmulatorOptions { Counters = true });
        using (var memory = new ShiftedMemory(device, 0))
            call(memory);
        var launches = device.Emulator!.Findings.Counters;
        Assert.That(launches, Is.Not.Empty);
        foreach (var launch in launches)
        {
            Assert.That(launch.Global.Sectors, Is.EqualTo(launch.Global.IdealSectors), $"{launch.Kernel}: sectors");
            Assert.That(launch.Shared.BankConflicts, Is.Zero, $"{launch.Kernel}: bank conflicts");
            Assert.That(launch.LocalBytes, Is.Zero, $"{launch.Kernel}: local memory");
        }
    }

    [Test]
    public void SortingHasNoBankConflicts()
    {
        using var device = PtxDevice.OpenEmulator(new EmulatorOptions { Counters = true });
        using var memory = new ShiftedMemory(device, 0);
        var (ids, restore, mask) = (memory.Empty<int>(2 * 49), memory.Empty<int>(2 * 196), memory.Empty<float>(2 * 196));
        TokenGather.Keep(Random(memory, 2 * 196), 2, 196, 49, ids, restore, mask);
        Assert.That(device.Emulator!.Findings.Counters.Single().Shared.BankConflicts, Is.Zero);
    }

    private static TestCaseData Case(string family, Action<ShiftedMemory> call) =>
        new TestCaseData(call).SetName($"TrafficIsIdeal({family})");

    private static DeviceSpan<float> Random(ShiftedMemory memory, int count) => memory.Place(KernelCases.Values(count, count));

    private static DeviceSpan<float> Zeros(ShiftedMemory memory, int count) => memory.Place(new float[count]);
}
