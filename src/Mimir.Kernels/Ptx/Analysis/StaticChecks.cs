using Mimir.Kernels.Ptx.Syntax;

namespace Mimir.Kernels.Ptx.Analysis;

/// <summary>What a correct module can still have wrong, found by following its data and control flow. Nothing here refuses a module.</summary>
/// <remarks>Warnings are for what is probably a mistake. What good code may do, and what only costs time, is information.</remarks>
internal static class StaticChecks
{
    /// <summary>Runs all checks over all functions.</summary>
    public static void Run(PtxModule module, DiagnosticBag diagnostics)
    {
        foreach (var function in module.Functions.Where(function => function.Instructions.Count > 0))
        {
            var graph = ControlFlowGraph.Of(function);
            var findings = new Findings(function, diagnostics);
            var definitions = new RegisterDefinitions(function);
            FlowChecks.Run(graph, findings);
            RegisterChecks.Run(graph, definitions, findings);
            AddressChecks.Run(function, definitions, findings);
            DivergenceChecks.Run(graph, new Divergence(graph, definitions), findings);
            AsyncCopyChecks.Run(graph, findings);
            PressureChecks.Run(graph, findings);
        }
    }
}
