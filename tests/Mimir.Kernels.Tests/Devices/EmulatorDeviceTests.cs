using Mimir.Kernels.Devices;
using Mimir.Kernels.Devices.Driver;
using Mimir.Kernels.Ptx.Emulation;

namespace Mimir.Kernels.Tests.Devices;

/// <summary>A <see cref="PtxDevice"/> on the emulator: what its user sees of errors, replays and ends.</summary>
internal sealed class EmulatorDeviceTests
{
    [Test]
    public void ItSaysWhatItIs()
    {
        using var plain = PtxDevice.OpenEmulator();
        using var checking = PtxDevice.OpenEmulator(
            new EmulatorOptions { Checks = EmulatorChecks.Memory | EmulatorChecks.Race, Schedule = WarpSchedule.Random, Seed = 7 }, MatrixPrecision.BFloat16);
        Assert.That(plain.ToString(), Is.EqualTo("emulator: Mimir Emulated sm_80, warps in order, checks: none"));
        Assert.That(checking.Description, Is.EqualTo("Mimir Emulated sm_80, warps in random order 7, checks: memory, race, products in bf16"));
        Assert.That(plain.Multiprocessors, Is.EqualTo(108));
    }

    [Test]
    public void AReplayedLoopGivesTheBitsOfAPlainOne([Values(1, 2, 3, 7)] int times)
    {
        using var device = PtxDevice.OpenEmulator(new EmulatorOptions { Checks = EmulatorChecks.All });
        var start = KernelCases.Values(300, 1);
        var results = new List<float[]>();
        foreach (var isReplayed in new[] { false, true })
        {
            var x = device.Allocate<float>(300, "x");
            x.CopyFrom(start);
            for (var loop = 0; loop < 2; loop++)
            {
                if (isReplayed)
                    device.Repeat(times, () => Step(device, x));
                else
                    Plain(times, () => Step(device, x));
            }

            results.Add(x.ToArray());
            x.Buffer.Dispose();
        }

        Assert.That(results[1], Is.EqualTo(results[0]));
        var emulator = device.Emulator!;
        device.Dispose();
        Assert.That(emulator.Findings.Diagnostics, Is.Empty);
    }

    [Test]
    public void ABufferThatIsLeftBehindIsNamedAtTheEnd()
    {
        var device = PtxDevice.OpenEmulator();
        var left = device.Allocate<float>(3, "left behind");
        device.Dispose();
        var found = device.Emulator!.Findings.Diagnostics.Single();
        Assert.That(found.Kind, Is.EqualTo(DiagnosticKinds.Leak));
        Assert.That(found.Message, Is.EqualTo("12 bytes of 'left behind' were still allocated when the context ended"));
        left.Buffer.Dispose();
    }

    [Test]
    public void AnErrorCarriesWhatTheEmulatorFound()
    {
        using var device = PtxDevice.OpenEmulator(new EmulatorOptions { Checks = EmulatorChecks.All });
        using KernelCases.Guarded x = device.Empty(8), y = device.Empty(8);
        var thrown = Assert.Throws<DeviceException>(() => Elementwise.Scale(x, 2, y));
        Assert.Multiple(() =>
        {
            Assert.That(thrown!.Result, Is.EqualTo(DriverResult.LaunchFailed));
            Assert.That(thrown.Message, Does.StartWith("elementwise_scale_f32 of elementwise.ptx, grid (1, 1, 1), block ("));
            Assert.That(thrown.Message, Does.Contain("on emulator: CUDA_ERROR_LAUNCH_FAILED (719): launch failure: \n  elementwise.ptx:"));
            Assert.That(thrown.Message, Does.Contain("uninitialised-global").And.Contain("(empty+0)"));
        });
        Assert.That(() => y.Values(), Throws.TypeOf<DeviceException>(), "the context is lost");
    }

    [Test]
    public void CountersOfEveryLaunchAreKeptWhenAskedFor()
    {
        using var device = PtxDevice.OpenEmulator(new EmulatorOptions { Counters = true });
        using KernelCases.Guarded x = device.Place(new float[64]), y = device.Empty(64);
        Elementwise.Scale(x, 2, y);
        Elementwise.Scale(x, 2, y);
        var findings = device.Emulator!.Findings;
        Assert.That(findings.Instructions, Is.Positive);
        Assert.That(findings.Seconds, Is.Positive);
        Assert.That(findings.Launches.Select(launch => launch.Counters.Kernel), Is.EqualTo(new[] { "elementwise_scale_f32", "elementwise_scale_f32" }));
        findings.Clear();
        Assert.That(findings.Launches, Is.Empty);
    }

    /// <summary>Allocates, and uses scratch memory of two sizes.</summary>
    private static void Step(PtxDevice device, DeviceSpan<float> x)
    {
        using var temporary = device.Allocate(4 * x.Length, "temporary");
        var y = new DeviceSpan<float>(temporary, 0, x.Length);
        var large = device.Scratch<float>(PtxScratchSlot.Partials, x.Length);
        Elementwise.Scale(x, 0.75f, large);
        Elementwise.AddScaled(large, x, 0.5f, y);
        var small = device.Scratch<float>(PtxScratchSlot.Partials, x.Length / 2);
        Elementwise.Scale(y.Slice(0, x.Length / 2), 1.25f, small);
        Elementwise.AddScaled(y, x, -0.125f, x);
        Elementwise.AddScaled(small, x.Slice(0, x.Length / 2), 1, x.Slice(0, x.Length / 2));
    }

    private static void Plain(int times, Action body)
    {
        for (var pass = 0; pass < times; pass++)
            body();
    }
}
