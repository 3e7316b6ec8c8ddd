using System.Diagnostics;
using System.Runtime.InteropServices;
using Mimir.Kernels.Devices;
using Mimir.Kernels.Simd;

namespace Mimir.Kernels.Tests;

/// <summary>Runs kernel tests again in processes whose instruction sets are switched off, and checks that they really are: other
/// spellings of these switches are ignored by the runtime without a word.</summary>
[TestFixture]
public class NarrowProcessTests
{
    private static readonly string[] s_fixtures =
        [
            nameof(SimdFormTests), nameof(VectorMathTests), nameof(ElementwiseTests), nameof(ReduceTests), nameof(MatMulTests), nameof(LinearLayerTests),
        ];

    [TestCase("DOTNET_EnableAVX512", SimdWidth.Bits256)]
    [TestCase("DOTNET_EnableAVX2", SimdWidth.Bits128)]
    [TestCase("DOTNET_EnableHWIntrinsic", SimdWidth.Scalar)]
    public void KernelsPassOnNarrowerMachines(string instructions, SimdWidth width)
    {
        if (HostDevice.WidestHere <= width)
            Assert.Ignore($"this process itself has {HostDevice.WidestHere.Describe()}, nothing is switched off");

        var start = new ProcessStartInfo(Host) { RedirectStandardOutput = true, RedirectStandardError = true };
        start.Environment[instructions] = "0";
        start.ArgumentList.Add("exec");
        start.ArgumentList.Add(typeof(NarrowProcessTests).Assembly.Location);
        foreach (var fixture in s_fixtures)
            start.ArgumentList.Add(fixture);

        using var process = Process.Start(start)!;
        var errors = process.StandardError.ReadToEndAsync();
        var output = process.StandardOutput.ReadToEnd();
        process.WaitForExit();
        Assert.That(output, Does.StartWith($"width {width}{Environment.NewLine}"), $"{instructions}=0 had no effect: {output}{errors.Result}");
        Assert.That(process.ExitCode, Is.Zero, $"with {instructions}=0: {output}{errors.Result}");
    }

    /// <summary>The dotnet command that runs this process, or the one that belongs to its runtime.</summary>
    private static string Host
    {
        get
        {
            if (Path.GetFileNameWithoutExtension(Environment.ProcessPath) == "dotnet")
                return Environment.ProcessPath!;
            var root = Path.GetFullPath(Path.Combine(RuntimeEnvironment.GetRuntimeDirectory(), "..", "..", ".."));
            return Path.Combine(root, OperatingSystem.IsWindows() ? "dotnet.exe" : "dotnet");
        }
    }
}
