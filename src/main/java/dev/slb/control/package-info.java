/**
 * What operator and files mode share: the order of translation, last good versions, ports to bind, and the plan store. Nothing of java-operator-sdk in it.
 */
package dev.slb.control;
