using Mimir.Kernels.Ptx;
using Mimir.Kernels.Tests.Devices;
using NUnit.Framework.Interfaces;

[assembly: EmulatorsStayClean]

namespace Mimir.Kernels.Tests.Devices;

/// <summary>Fails the test in which a shared emulator found something, also where its results were right, and readies it for the next.</summary>
[AttributeUsage(AttributeTargets.Assembly)]
internal sealed class EmulatorsStayCleanAttribute : Attribute, ITestAction
{
    public ActionTargets Targets => ActionTargets.Test;

    public void BeforeTest(ITest test)
    {
    }

    public void AfterTest(ITest test)
    {
        if (Program.IsNarrow)
            return;
        var found = new List<PtxDiagnostic>();
        foreach (var emulator in KernelCases.Emulators.Concat(KernelCases.TensorCoreEmulators).Select(device => device.Emulator!))
        {
            found.AddRange(emulator.Findings.Diagnostics);
            emulator.Findings.Clear();
            emulator.Recover();
        }

        Assert.That(found, Is.Empty);
    }
}
